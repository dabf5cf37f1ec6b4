#include <utility>

#include "drivers/protocols/iso8583/civil_time.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"
#include "drivers/terminal/emulated/messages.hpp"
#include "drivers/terminal/emulated/online.hpp"

namespace posbench::terminal {

using runtime::Task;
using trace::Kind;

OnlineFailure Online::described(std::string_view reason, Text text) const {
    return {reason, std::string(say(text, panel_.language())), {}};
}

void Online::note_requirement(const Reply& reply) noexcept {
    switch (reply.requirement) {
        case 1:
        case 3:
        case 4:
        case 5:
            requirement_ = static_cast<Requirement>(reply.requirement);
            break;
        default:
            break;  // nothing, or nothing that this terminal knows
    }
}

Task<Result<Reply, OnlineFailure>> Online::exchange(iso8583::Message request, Link::Protection protection) {
    if (protection == Link::Protection::mac && !signed_in())
        co_return described("sign_in", Text::sign_in_first);
    const auto unreachable = co_await link_.open();
    if (unreachable) co_return described(unreachable->reason, unreachable->text);
    const auto unsent = co_await link_.send(request, protection);
    if (unsent) co_return described(unsent->reason, unsent->text);
    auto reply = co_await link_.receive();
    co_await link_.close();
    if (!reply) co_return described(reply.error().reason, reply.error().text);
    const auto mismatch = check_reply(settings_, request, *reply);
    if (mismatch) co_return described(mismatch->reason, mismatch->text);
    note_requirement(*reply);
    co_return *std::move(reply);
}

Task<std::optional<OnlineFailure>> Online::sign_in() {
    co_await panel_.enter(State::signing_in);
    co_await panel_.show(Text::signing_in);
    if (!keys_.has_master()) {
        OnlineFailure missing = described("sign_in", Text::load_master_key_first);
        co_return co_await sign_in_failed("failed", std::move(missing));
    }
    const std::string stan = co_await journal_.take_stan();
    iso8583::Message request = sign_in_request(settings_, journal_.batch(), stan);
    auto reply = co_await exchange(std::move(request), Link::Protection::none);
    if (!reply) {
        OnlineFailure failure = reply.error();
        co_return co_await sign_in_failed("failed", std::move(failure));
    }
    const std::string code(reply->message.get(39));
    if (code != "00") {
        OnlineFailure refused{"sign_in", std::string(say_code(code, panel_.language())), code};
        co_return co_await sign_in_failed("refused", std::move(refused));
    }
    co_return co_await adopt(reply->message);
}

/// Takes keys (field 62), batch (60.2) and clock (12, 13) from an approved reply.
Task<std::optional<OnlineFailure>> Online::adopt(const iso8583::Message& reply) {
    if (!keys_.load(settings_.sign_in_key_type, reply.bytes(62))) {
        OnlineFailure bad = described("sign_in", Text::key_download_failed);
        co_return co_await sign_in_failed("bad_keys", std::move(bad));
    }
    const auto field60 = iso8583::parse_field60(reply.get(60));
    const std::string batch = field60 ? field60->batch : std::string();
    const auto time = iso8583::nearest_instant(reply.get(12), reply.get(13), journal_.civil_now());
    co_await journal_.store_sign_in(reply.bytes(62), batch, time);
    if (requirement_ == Requirement::sign_in) met_requirement();
    co_await panel_.show(Text::signed_in);
    trace::Fields event{{"outcome", "done"}, {"code", "00"}, {"batch", journal_.batch()}};
    co_await panel_.emit(Kind::terminal_sign_in, std::move(event));
    co_return std::nullopt;
}

/// Old keys are not used after a sign-in that failed.
Task<std::optional<OnlineFailure>> Online::sign_in_failed(std::string_view outcome, OnlineFailure failure) {
    if (!settings_.defects.has(Defect::keeps_keys_after_failed_sign_in)) co_await require_sign_in();
    std::string text = failure.text;
    co_await panel_.show(std::move(text));
    trace::Fields event{{"outcome", outcome}};
    if (!failure.code.empty()) event.emplace_back("code", failure.code);
    co_await panel_.emit(Kind::terminal_sign_in, std::move(event));
    co_return failure;
}

Task<void> Online::require_sign_in() {
    keys_.forget();
    co_await journal_.forget_keys();
}

}  // namespace posbench::terminal
