#include <utility>

#include "drivers/protocols/emv/apdu.hpp"
#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Initiate application processing, EMV book 3 clauses 6.5.8 and 10.1.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint16_t sw_conditions_not_satisfied = 0x6985;
constexpr std::size_t shortest_afl = 4;
constexpr std::size_t longest_afl = 252;

constexpr ChipFailure unreadable{"failed", "chip_error", Text::chip_failed, true};

struct Profile {
    Bytes aip, afl;
};

/// AIP and AFL out of a response of format 1 (80) or 2 (77).
std::optional<Profile> read_profile(ByteView response) {
    const auto list = emv::parse_tlv(response);
    if (!list || list->size() != 1) return std::nullopt;
    Profile profile;
    if (list->front().tag == tag::format1) {
        const Bytes& value = list->front().value;
        if (value.size() < 2) return std::nullopt;
        profile.aip.assign(value.begin(), value.begin() + 2);
        profile.afl.assign(value.begin() + 2, value.end());
    } else if (list->front().tag == tag::format2) {
        emv::TlvMap objects;
        objects.absorb(*list);
        const ByteView aip = objects.get(tag::aip), afl = objects.get(tag::afl);
        profile = {Bytes(aip.begin(), aip.end()), Bytes(afl.begin(), afl.end())};
    }
    const bool whole = profile.afl.size() % 4 == 0 && profile.afl.size() >= shortest_afl &&
                       profile.afl.size() <= longest_afl;
    if (profile.aip.size() != 2 || !whole) return std::nullopt;
    return profile;
}

}  // namespace

Task<ChipStep> Kernel::initiate() {
    for (;;) {
        const auto related = objects_.data_for(objects_.card.get(tag::pdol));
        if (!related || related->size() > 252)
            co_return co_await report_.failed("initiation", unreadable, "PDOL cannot be served");
        Bytes data;
        emv::append_tlv(data, 0x83, *related);
        Bytes apdu = emv::make_apdu({0x80, 0xA8, 0x00, 0x00}, data);
        const auto answer = co_await channel_.send(std::move(apdu));
        if (!answer) co_return co_await report_.failed("initiation", answer.error());
        if (answer->sw == sw_conditions_not_satisfied) {
            // The application does not want to serve this transaction: the next one may.
            const ChipStep failure = co_await select_next_candidate();
            if (failure)
                co_return co_await report_.failed("initiation", *failure, "conditions not satisfied");
            continue;
        }
        auto profile = answer->sw == emv::sw::ok ? read_profile(answer->data) : std::nullopt;
        if (!profile) co_return co_await report_.failed("initiation", unreadable, "no application profile");
        aip_ = {profile->aip[0], profile->aip[1]};
        objects_.card.set(tag::aip, profile->aip);
        transaction_data_ = *related;
        afl_ = std::move(profile->afl);
        co_return co_await report_.done("initiation");
    }
}

}  // namespace posbench::terminal
