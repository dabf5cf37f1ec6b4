#include "tests/unit/terminal/authentication_sale.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/catch.hpp"

namespace posbench::terminal::testing {

using Catch::Matchers::ContainsSubstring;
using trace::Kind;

Outcome sale(std::uint8_t methods, const Spoil& spoil, std::string_view overrides,
             SigningCard::Algorithm algorithm) {
    Rig rig(overrides);
    SigningCard card(rig, methods, algorithm);
    if (spoil) spoil(card);
    rig.chip_sale();
    Outcome result;
    for (const trace::Event* event : rig.all(Kind::terminal_chip))
        if (event->text("step") == "authentication") result.details.emplace_back(event->text("detail"));
    const trace::Event& end = rig.last(Kind::terminal_outcome);
    result.outcome = end.text("outcome");
    result.reason = end.text("reason");
    result.requests = rig.host.count("0200");
    result.reversal_pending = rig.reversal_pending();
    result.cryptograms = card.generate_ac_count();
    if (result.cryptograms > 0) {
        result.reference = card.asked(1).reference;
        result.tvr = card.asked(1).tvr;
        result.tsi = card.asked(1).tsi;
    }
    if (result.cryptograms > 1) {
        result.second_tvr = card.asked(2).tvr;
        result.second_tsi = card.asked(2).tsi;
    }
    if (result.requests > 0) result.field55.absorb(emv::parse_tlv(rig.host.last("0200").bytes(55)).value());
    return result;
}

void flip(Bytes& octets, std::size_t at) {
    octets.at(at) ^= 0x01;
}

Spoil without(emv::Tag tag) {
    return [tag](SigningCard& card) { card.missing = tag; };
}

Spoil flipped(emv::Tag tag, std::size_t at) {
    return [=](SigningCard& card) {
        card.spoil_objects = [=](emv::TlvMap& objects) {
            if (!objects.has(tag)) return;
            Bytes value = *objects.find(tag);
            flip(value, at);
            objects.set(tag, value);
        };
    };
}

void tamper_record(SigningCard& card) {
    card.spoil_record = [](Bytes& record) {
        const Bytes psn = hex("5F340101");
        const auto found = std::search(record.begin(), record.end(), psn.begin(), psn.end());
        REQUIRE(found != record.end());
        found[3] = 0x02;
    };
}

void wrong_number(SigningCard& card) {
    card.spoil_terminal_data = [](Bytes& data) { flip(data, 0); };
}

void check_failures(std::uint8_t method, std::string_view name, int failed, const std::vector<Case>& cases,
                    SigningCard::Algorithm algorithm) {
    for (const Case& wrong : cases) {
        INFO(name << ": " << wrong.name);
        const Outcome result = sale(method, wrong.spoil, wrong.overrides, algorithm);
        CHECK(result.tvr == fmt::format("{:02X}{}", failed | (wrong.data_missing ? 0x20 : 0), rest_of_tvr));
        CHECK(result.tsi == "C800");
        CHECK(result.reference == 0x80);
        REQUIRE(result.details.size() == 1);
        CHECK_THAT(result.details[0], ContainsSubstring(std::string(name) + ": "));
        CHECK_THAT(result.details[0], ContainsSubstring(wrong.detail));
        CHECK_THAT(result.details[0], !ContainsSubstring("6210948"));
        CHECK(result.outcome == "approved");
    }
}

}  // namespace posbench::terminal::testing
