#include <algorithm>
#include <utility>

#include "drivers/host/acquirer/actions.hpp"
#include "drivers/host/acquirer/change.hpp"
#include "drivers/host/acquirer/exchange.hpp"
#include "drivers/protocols/iso8583/length.hpp"

namespace posbench::host::actions {
namespace {

using config::Reader;
using runtime::Task;

/// The code at the end of an answer that is changed.
enum class MacChoice {
    right,  ///< over the changed message
    wrong,  ///< that, and a bit of it inverted
    stale,  ///< over the message as it was decided
    none,
};

constexpr auto no_code = [](ByteView) { return std::array<std::uint8_t, iso8583::mac_octets>{}; };

/// The octets of the message, at their end the code that was chosen.
/// @param stale the code over the message as it was decided
Bytes encode(const Draft& draft, const Change& change, MacChoice choice, const iso8583::MacFunction& mac,
             ByteView stale) {
    iso8583::Message message = draft.message;
    Bytes octets = mac ? iso8583::encode_with_mac(draft.dialect, message, no_code)
                       : iso8583::encode(draft.dialect, message);
    change.bend(octets, draft);
    if (!mac) return octets;
    auto code = mac(ByteView(octets).first(octets.size() - iso8583::mac_octets));
    if (choice == MacChoice::wrong) code.back() ^= 0x01;
    if (choice == MacChoice::stale) std::ranges::copy(stale, code.begin());
    std::ranges::copy(code, octets.end() - static_cast<std::ptrdiff_t>(iso8583::mac_octets));
    return octets;
}

/// What a receiver with the key would find.
std::string_view mac_word(ByteView message, const iso8583::MacFunction& mac) {
    if (!mac) return "absent";
    const auto right = mac(message.first(message.size() - iso8583::mac_octets));
    return std::ranges::equal(right, message.last(iso8583::mac_octets)) ? "ok" : "bad";
}

/// Decides as usual, and answers with one thing changed.
class Alter final : public RequestAction {
  public:
    Alter(std::unique_ptr<const Change> change, MacChoice mac) noexcept
        : change_(std::move(change)), mac_(mac) {}

    bool needs_mac() const noexcept override { return mac_ != MacChoice::right; }
    Task<Ending> act(Exchange& exchange) const override {
        const Reply reply = co_await exchange.decide();
        std::string detail;
        Wire wire = alter(exchange, reply, detail);
        exchange.tell({.detail = detail});
        co_await exchange.clock().yield();
        Ending ending = co_await exchange.send(std::move(wire));
        co_return ending;
    }

  private:
    Wire alter(const Exchange& exchange, const Reply& reply, std::string& detail) const {
        const Profile& profile = exchange.profile();
        Draft draft{profile.dialect, reply.message, Bytes(reply.tpdu.octets.begin(), reply.tpdu.octets.end()),
                    Bytes(reply.header.begin(), reply.header.end())};
        detail = change_->describe();
        Wire decided = exchange.encode(reply);
        const auto due = exchange.mac_for(reply);
        if (needs_mac() && !due) {
            detail = "MAC: not in the reply, sent as it is";
            return decided;
        }
        if (!change_->shape(draft)) {
            detail += ": not in the reply, sent as it is";
            return decided;
        }
        const auto mac = mac_ == MacChoice::none ? iso8583::MacFunction() : due;
        const Bytes message =
            encode(draft, *change_, mac_, mac, ByteView(decided.octets).last(iso8583::mac_octets));
        if (auto seen = iso8583::decode(draft.dialect, message)) draft.message = *std::move(seen);
        const Bytes octets = frame(draft, message, profile.dialect.framing);
        if (octets == decided.octets) detail += ": as it was decided, sent as it is";
        return {std::move(draft.message), mac_word(message, mac), octets, reply.check};
    }

    /// Without the checks of encode_frame(): what is sent here need not be a frame.
    Bytes frame(const Draft& draft, ByteView message, const iso8583::Framing& framing) const {
        Bytes behind = framing.tpdu ? draft.tpdu : Bytes();
        append(behind, draft.header);
        append(behind, message);
        Bytes octets;
        iso8583::append_number(
            octets, framing.length_code, framing.length_octets,
            change_->claim(behind.size()) + (framing.counts_itself ? framing.length_octets : 0));
        append(octets, behind);
        return octets;
    }

    std::unique_ptr<const Change> change_;
    MacChoice mac_;
};

/// Terminals check the MAC of approvals alone (UnionPay's POS specification): a refusal they believe whatever
/// its MAC, and the books would not agree.
void check_decision(const Reader& then, const Change& change, MacChoice mac) {
    if (change.decision() == Change::Decision::other)
        then.fail("field",
                  "another refusal in field 39 would be believed, and what was posted stay posted: 'respond' "
                  "forces a code");
    if (change.decision() == Change::Decision::approval && mac == MacChoice::right)
        then.fail("field",
                  "an approval under a right MAC is decided and posted, not forced: mac = \"wrong\"");
}

MacChoice read_mac(Reader& then) {
    static const std::vector<std::string> words{"right", "wrong", "stale", "none"};
    const std::string word = then.choice("mac", words).value_or(words.front());
    return static_cast<MacChoice>(std::ranges::find(words, word) - words.begin());
}

}  // namespace

RequestActionPtr read_wrong_mac(Reader&, const Terms&) {
    return std::make_shared<Alter>(std::make_unique<NoChange>("MAC"), MacChoice::wrong);
}

RequestActionPtr read_no_mac(Reader&, const Terms&) {
    return std::make_shared<Alter>(std::make_unique<NoChange>("MAC"), MacChoice::none);
}

RequestActionPtr read_alter(Reader& then, const Terms& terms) {
    auto change = read_change(then, terms);
    const MacChoice mac = read_mac(then);
    if (mac == MacChoice::stale && !change->covered())
        then.fail("mac",
                  "mac 'stale' needs a change that the MAC covers: of the message, not of what is in "
                  "front of it");
    check_decision(then, *change, mac);
    return std::make_shared<Alter>(std::move(change), mac);
}

}  // namespace posbench::host::actions
