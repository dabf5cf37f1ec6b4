#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "drivers/protocols/emv/secure_messaging.hpp"
#include "tests/unit/card/certified_keys.hpp"
#include "tests/unit/card/chip_rig.hpp"

/// A reader's side of the field, for tests of the card: it believes nothing that it has not verified with the
/// authority's and the issuer's keys.
namespace posbench::test {

inline constexpr std::string_view issuer_key = "9E15204313F7318ACB79B90BD986AD29";

/// A card in and out of the field.
struct FieldRig {
    explicit FieldRig(const std::string& name, std::string_view overrides = {})
        : image(load_card(name, overrides)), chip(image, runtime::Random(1)) {
        tap();
    }
    void tap() {
        chip.reset(card::Interface::contactless);
        ++taps;
    }
    void insert() { chip.reset(card::Interface::contact); }
    Reply send(ByteView command) { return ask(chip, command); }
    TerminalSide terminal() {
        TerminalSide side([this](ByteView command) { return send(command); });
        side.data.set(0x9F66, hex("36004080"));
        side.data.set(0x95, Bytes(5));
        return side;
    }
    const card::Application& application() const { return image.contactless.front(); }
    /// GET DATA; empty when the card has no such object.
    std::string object(std::string_view tag) {
        const Reply reply = send(apdu("80CA" + std::string(tag)));
        return reply.sw == "9000" ? to_hex(emv::parse_tlv(reply.data).value().front().value) : "";
    }

    card::CardImage image;
    card::Chip chip;
    int taps = 0;
};

/// GET PROCESSING OPTIONS with what `side` has; the answer's objects go into it.
inline Reply initiate(TerminalSide& side) {
    Bytes command;
    emv::append_tlv(command, 0x83, side.dol(0x9F38));
    const Reply reply = side.send("80A80000", command);
    if (reply.sw == "9000") side.absorb(reply);
    return reply;
}

/// SELECT and GET PROCESSING OPTIONS, as one tap of a quick profile begins.
inline Reply quick(FieldRig& rig, TerminalSide& side) {
    side.select(rig.application().aid);
    return initiate(side);
}

/// Reads the records of the locator and climbs from the authority's key to the card's.
inline crypto::RsaPublicKey card_key(TerminalSide& side) {
    side.authenticated.clear();
    side.read_records();
    const auto& data = side.data;
    const std::string pan = to_hex(data.get(0x5A));
    constexpr std::chrono::year_month_day today{std::chrono::year(2026), std::chrono::June,
                                                std::chrono::day(15)};
    const auto static_data =
        emv::static_data_to_be_authenticated(side.authenticated, data.get(0x9F4A), data.get(0x82)).value();
    const auto authority = authority_key();
    const auto issuer = emv::recover_issuer_key(emv::OfflineAuthentication::dynamic_data, authority,
                                                certified(data, 0x90, 0x92, 0x9F32), pan, today);
    REQUIRE(issuer.has_value());
    auto icc =
        emv::recover_icc_key(issuer->key, certified(data, 0x9F46, 0x9F48, 0x9F47), pan, today, static_data);
    REQUIRE(icc.has_value());
    return std::move(icc->key);
}

/// Fast dynamic data authentication over what version 01 signs, or the unpredictable number alone. The ICC
/// dynamic number, or why it was refused.
inline std::string verify_fdda(TerminalSide& side, bool version_01) {
    const auto key = card_key(side);
    Bytes signed_data;
    const auto add = [&](emv::Tag tag) {
        const ByteView value = side.data.get(tag);
        signed_data.insert(signed_data.end(), value.begin(), value.end());
    };
    add(0x9F37);
    if (version_01)
        for (const emv::Tag tag : {0x9F02u, 0x5F2Au, 0x9F69u}) add(tag);
    const auto number = emv::verify_dynamic_data(key, side.data.get(0x9F4B), signed_data);
    return number ? to_hex(*number) : number.error().what;
}

/// What an issuer sees of the cryptogram in `side`.
inline emv::ScriptContext script_context(const TerminalSide& side) {
    const ByteView counter = side.data.get(0x9F36);
    emv::ScriptContext context{static_cast<std::uint16_t>(counter[0] << 8 | counter[1]), {}};
    std::ranges::copy(side.data.get(0x9F26), context.cryptogram.begin());
    return context;
}

/// The status word that the issuer's command gets, with a MAC of format 2 after the cryptogram in `side`.
inline std::string script(FieldRig& rig, const TerminalSide& side, std::string_view header,
                          ByteView data = {}) {
    const card::IssuerKeys& keys = rig.application().issuer;
    const emv::ScriptContext context = script_context(side);
    emv::CommandHeader command{};
    std::ranges::copy(hex(header), command.begin());
    const auto key = emv::messaging_key(keys.version, *keys.mac, context);
    return rig.send(emv::secure_format2(key, command, data, context, keys.mac_size)).sw;
}

/// What the issuer makes of the same data, by the version in 9F10.
inline std::string cryptogram_of_issuer(const TerminalSide& side, std::string_view pan,
                                        std::string_view psn) {
    const auto master = crypto::card_master_key(hex(issuer_key), pan, psn).value();
    const auto scheme = emv::scheme_of(side.data.get(0x84));
    const auto version = emv::issuer_data_version(side.data.get(0x9F10), scheme).value();
    const auto input = emv::cryptogram_input(side.data, version).value();
    return to_hex(emv::make_cryptogram(version, master, input));
}

}  // namespace posbench::test
