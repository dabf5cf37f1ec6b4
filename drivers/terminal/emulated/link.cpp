#include "drivers/terminal/emulated/link.hpp"

#include <algorithm>
#include <utility>

#include "drivers/protocols/iso8583/describe.hpp"
#include "drivers/protocols/iso8583/mac.hpp"
#include "drivers/protocols/iso8583/track_cipher.hpp"
#include "drivers/tls/stream.hpp"

namespace posbench::terminal {
namespace {

using runtime::NetError;
using runtime::Task;
using trace::Kind;

LinkFailure not_connected(NetError error) {
    switch (error) {
        case NetError::refused:
            return {"refused", Text::connect_refused};
        case NetError::timed_out:
        case NetError::gave_up:
            return {"connect_failed", Text::connect_timed_out};
        default:
            return {"connect_failed", Text::network_down};
    }
}

LinkFailure not_answered(NetError error) {
    return {"no_reply", error == NetError::timed_out ? Text::no_reply : Text::connection_lost};
}

Text text_of(tls::Reason reason) {
    switch (reason) {
        case tls::Reason::expired:
            return Text::certificate_expired;
        case tls::Reason::not_yet_valid:
            return Text::certificate_not_yet_valid;
        case tls::Reason::wrong_name:
            return Text::certificate_of_another;
        case tls::Reason::unknown_authority:
        case tls::Reason::bad_certificate:
            return Text::certificate_unknown;
        default:
            return Text::tls_failed;
    }
}

/// Digit 6 of the header: "processing requirement". Headers of other dialects have none.
int processing_requirement(ByteView header) {
    constexpr std::size_t unionpay_header = 6;
    return header.size() == unionpay_header ? header[2] & 0x0F : 0;
}

/// Replies that a terminal with the defect keeps before its memory is full.
constexpr int most_kept_replies = 16;

}  // namespace

Task<std::optional<LinkFailure>> Link::open() {
    co_await panel_.enter(State::connecting);
    co_await panel_.show(Text::connecting);
    std::optional<LinkFailure> failure = co_await await_radio();
    if (failure) co_return failure;
    const bool for_ever = settings_.defects.has(Defect::connects_for_ever);
    for (int attempt = 1; for_ever || attempt <= settings_.connect_attempts; ++attempt) {
        if (attempt > 1) co_await clock_.sleep_for(settings_.connect_pause);
        trace::Fields connecting{{"endpoint", host_.to_string()}, {"attempt", attempt}};
        co_await panel_.emit(Kind::terminal_connecting, std::move(connecting));
        auto connected = co_await connector_.connect(host_, clock_.now() + settings_.connect_wait);
        if (connected) {
            stream_ = *std::move(connected);
            if (tls_) {
                failure = co_await secure();
                if (failure) co_return failure;
                if (!stream_) {
                    failure = LinkFailure{"connect_failed", Text::connect_timed_out};
                    continue;
                }
            }
            trace::Fields event{{"endpoint", host_.to_string()}};
            co_await panel_.emit(Kind::terminal_connected, std::move(event));
            co_return std::nullopt;
        }
        failure = not_connected(connected.error());
        co_await lost(to_string(connected.error()));
    }
    co_return failure;
}

Task<std::optional<LinkFailure>> Link::secure() {
    tls::ClientSettings wanted = *tls_;
    wanted.check_time = !settings_.defects.has(Defect::accepts_expired_certificate);
    wanted.check_name = !settings_.defects.has(Defect::accepts_any_host_name);
    wanted.check_authority = !settings_.defects.has(Defect::accepts_any_certificate);
    tls::Engine engine = tls::Engine::client(wanted, journal_.civil_now());
    auto secured = std::make_unique<tls::TlsStream>(std::move(stream_), std::move(engine));
    const auto shaken = co_await secured->shake_hands(clock_.now() + settings_.connect_wait);
    stream_ = std::move(secured);
    if (shaken) co_return std::nullopt;
    const tls::Reason reason = shaken.error().reason;
    co_await lost("no TLS");
    if (reason == tls::Reason::ended) co_return std::nullopt;
    co_return LinkFailure{"certificate", text_of(reason)};
}

Task<std::optional<LinkFailure>> Link::await_radio() {
    auto trouble = device_.radio_trouble();
    if (!trouble) co_return std::nullopt;
    co_await panel_.show(*trouble);
    const runtime::TimePoint deadline = clock_.now() + settings_.connect_wait;
    while (trouble == Text::searching_network) {
        const bool changed = co_await device_.changed().wait(clock_, deadline);
        if (!changed) break;
        trouble = device_.radio_trouble();
    }
    if (!trouble) co_return std::nullopt;
    trace::Fields fault{{"what", device_.radio_part()}, {"detail", say(*trouble, Language::en)}};
    co_await panel_.emit(Kind::terminal_fault, std::move(fault));
    co_return LinkFailure{"connect_failed", *trouble};
}

Task<std::optional<LinkFailure>> Link::send(iso8583::Message request, Protection protection) {
    if (protection == Protection::mac && !keys_.ready()) {
        co_await close();
        co_return LinkFailure{"sign_in", Text::sign_in_first};
    }
    co_await panel_.enter(State::sending);
    if (keys_.track_key() && !settings_.defects.has(Defect::clear_track))
        iso8583::encipher_tracks(request, *keys_.track_key());
    const iso8583::Dialect& dialect = settings_.dialect;
    Bytes message;
    iso8583::Frame frame;
    frame.tpdu = settings_.tpdu;
    frame.header = settings_.header;
    if (protection == Protection::mac) {
        message =
            iso8583::encode_with_mac(dialect, request, [this](ByteView data) { return keys_.mac(data); });
    } else {
        message = iso8583::encode(dialect, request);
    }
    frame.message = message;
    const Bytes octets = iso8583::encode_frame(dialect, frame);
    const auto written = co_await stream_->write(octets, clock_.now() + settings_.reply_wait);
    if (!written) {
        co_await lost(to_string(written.error()));
        co_return not_answered(written.error());
    }
    const std::string_view mac = protection == Protection::mac ? "ok" : "absent";
    trace::Fields event = iso8583::describe(request, mac, octets.size() - dialect.framing.length_octets);
    co_await panel_.emit(Kind::terminal_request, std::move(event));
    co_return std::nullopt;
}

Task<Result<Bytes, LinkFailure>> Link::receive_frame() {
    const int waits = settings_.defects.has(Defect::late_reply_approves) ? 2 : 1;
    const runtime::TimePoint deadline = clock_.now() + waits * settings_.reply_wait;
    Bytes prefix(settings_.dialect.framing.length_octets);
    const auto announced = co_await runtime::read_exactly(*stream_, prefix, deadline);
    if (!announced) {
        co_await lost(to_string(announced.error()));
        co_return not_answered(announced.error());
    }
    const auto size = iso8583::frame_size(settings_.dialect, prefix);
    if (!size) co_return co_await unreadable();
    Bytes octets(*size);
    const auto arrived = co_await runtime::read_exactly(*stream_, octets, deadline);
    if (!arrived) {
        co_await lost(to_string(arrived.error()));
        LinkFailure failure = not_answered(arrived.error());
        failure.begun = true;
        co_return failure;
    }
    co_return octets;
}

Task<Result<Reply, LinkFailure>> Link::receive() {
    co_await panel_.enter(State::waiting);
    co_await panel_.show(Text::waiting);
    auto octets = co_await receive_frame();
    if (!octets) co_return octets.error();
    const auto frame = iso8583::decode_frame(settings_.dialect, *octets);
    if (!frame) co_return co_await unreadable();
    auto message = iso8583::decode(settings_.dialect, frame->message);
    if (!message) co_return co_await unreadable();
    const auto is_empty = [&](int field) {
        return message->get(field).empty() && message->bytes(field).empty();
    };
    if (settings_.defects.has(Defect::crashes_on_empty_field) &&
        std::ranges::any_of(message->fields(), is_empty))
        co_await panel_.crash();
    const auto own_mac =
        keys_.ready() ? [this](ByteView data) { return keys_.mac(data); } : iso8583::MacFunction();
    const std::string_view mac = to_string(iso8583::check_mac(*message, frame->message, own_mac));
    trace::Fields event = iso8583::describe(*message, mac, octets->size());
    co_await panel_.emit(Kind::terminal_response, std::move(event));
    Reply reply{frame->tpdu, *std::move(message), mac, processing_requirement(frame->header)};
    co_return std::move(reply);
}

Task<LinkFailure> Link::unreadable() {
    if (settings_.defects.has(Defect::grows_with_bad_messages) && ++unreadable_replies_ == most_kept_replies)
        co_await panel_.crash();
    co_return LinkFailure{"bad_reply", Text::bad_reply};
}

Task<void> Link::lost(std::string_view reason) {
    if (stream_) stream_->reset();
    stream_.reset();
    trace::Fields event{{"reason", reason}};
    co_await panel_.emit(Kind::terminal_disconnected, std::move(event));
}

Task<void> Link::close() {
    if (!stream_) co_return;
    stream_->close();
    stream_.reset();
    trace::Fields event{{"reason", "done"}};
    co_await panel_.emit(Kind::terminal_disconnected, std::move(event));
}

}  // namespace posbench::terminal
