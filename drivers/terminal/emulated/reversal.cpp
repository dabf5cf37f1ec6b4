#include <utility>

#include "drivers/terminal/emulated/online.hpp"

namespace posbench::terminal {
namespace {

/// The host has reversed it, knows no such transaction, or holds it for invalid: nothing is left to reverse.
bool settles(std::string_view code) {
    return code == "00" || code == "25" || code == "12";
}

}  // namespace

using runtime::Task;

Task<std::optional<OnlineFailure>> Online::settle_reversal() {
    while (journal_.reversal()) {
        if (!signed_in()) co_return described("sign_in", Text::sign_in_first);
        const bool given_up = journal_.reversal()->attempts > settings_.reversal_resends;
        if (given_up || settings_.defects.has(Defect::abandons_reversal_at_once)) {
            co_await panel_.show(Text::reversal_failed);
            co_await journal_.drop_reversal("abandoned");
            break;
        }
        co_await panel_.enter(State::reversing);
        co_await panel_.show(Text::reversing);

        // An attempt counts when it was sent: a terminal without a network must not use up its resends.
        const auto unreachable = co_await link_.open();
        if (unreachable) co_return described(unreachable->reason, unreachable->text);
        co_await journal_.count_reversal_attempt();
        iso8583::Message request = journal_.reversal()->message;
        if (settings_.defects.has(Defect::reversal_new_stan)) {
            std::string fresh = co_await journal_.take_stan();
            request.set(11, std::move(fresh));
        }
        const auto unsent = co_await link_.send(request, Link::Protection::mac);
        if (unsent) continue;
        const auto reply = co_await link_.receive();
        co_await link_.close();
        if (!reply || check_reply(settings_, request, *reply)) continue;

        const std::string code(reply->message.get(39));
        if (settles(code)) {
            co_await journal_.drop_reversal("reversed");
        } else if (asks_for_sign_in(code, settings_.defects)) {
            co_await require_sign_in();
            co_return OnlineFailure{"sign_in", std::string(say_code(code, panel_.language())), code};
        }
    }
    co_return std::nullopt;
}

}  // namespace posbench::terminal
