#include "tests/unit/terminal/scripted_host.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

namespace posbench::terminal::testing {

using iso8583::Message;
using runtime::Task;

namespace {

// Facts: verified sign-in of a UnionPay terminal.
constexpr std::string_view known_field62 =
    "6701EAD6A9AD51E51AA406E2C27FCFA98D0A74B8B651F9E9BACE9AE10000000000000000AB7153CA";
constexpr std::string_view known_tak = "5BB5C72CD00B7338";

/// The stream to a ScriptedHost: each frame written is answered after the host's delay.
class ScriptedStream final : public runtime::Stream {
  public:
    ScriptedStream(ScriptedHost& host, runtime::Clock& clock) : host_(host), clock_(clock) {}

    Task<runtime::NetResult<std::size_t>> read_some(std::span<std::uint8_t> buffer,
                                                    runtime::TimePoint deadline) override {
        while (inbox_.empty() || clock_.now() < ready_) {
            if (clock_.now() >= deadline) co_return runtime::NetError::timed_out;
            co_await clock_.sleep_until(inbox_.empty() ? deadline : std::min(deadline, ready_));
        }
        const std::size_t count = std::min(buffer.size(), inbox_.size());
        for (std::size_t i = 0; i < count; ++i) {
            buffer[i] = inbox_.front();
            inbox_.pop_front();
        }
        co_return count;
    }
    Task<runtime::NetResult<void>> write(ByteView data, runtime::TimePoint) override {
        if (const auto reply = host_.answer(data.subspan(2))) {
            inbox_.assign(reply->begin(), reply->end());
            ready_ = clock_.now() + host_.delay;
        }
        co_return runtime::NetResult<void>{};
    }
    void close() noexcept override {}
    void reset() noexcept override {}
    std::string peer() const override { return "host"; }

  private:
    ScriptedHost& host_;
    runtime::Clock& clock_;
    std::deque<std::uint8_t> inbox_;
    runtime::TimePoint ready_{};
};

}  // namespace

ScriptedHost::ScriptedHost(runtime::Clock& clock)
    : field62(hex(known_field62)), clock_(clock), tak_(ByteView(hex(known_tak))) {}

Task<runtime::NetResult<std::unique_ptr<runtime::Stream>>> ScriptedHost::connect(
    runtime::Endpoint, runtime::TimePoint deadline) {
    if (way == Way::blackholed) {
        co_await clock_.sleep_until(deadline);
        co_return runtime::NetError::timed_out;
    }
    co_await clock_.sleep_for(20ms);
    if (way == Way::refused) co_return runtime::NetError::refused;
    std::unique_ptr<runtime::Stream> stream = std::make_unique<ScriptedStream>(*this, clock_);
    co_return std::move(stream);
}

int ScriptedHost::count(std::string_view mti) const {
    return static_cast<int>(std::ranges::count(requests, mti, &Message::mti));
}

const Message& ScriptedHost::last(std::string_view mti) const {
    for (auto request = requests.rbegin(); request != requests.rend(); ++request)
        if (request->mti() == mti) return *request;
    throw std::logic_error("no such request");
}

std::int64_t ScriptedHost::book() const {
    std::int64_t sum = 0;
    for (const auto& [stan, amount] : approved_) sum += amount;
    return sum;
}

Message ScriptedHost::reply_to(const Message& request) {
    Message reply(request.mti());
    std::string mti = request.mti();
    ++mti[2];
    reply = Message(mti);
    for (const int field : {3, 4, 11, 25, 41, 42, 49, 60})
        if (request.has(field)) reply.set(field, std::string(request.get(field)));
    reply.set(12, std::string("101500"));
    reply.set(13, std::string("0615"));
    reply.set(37, std::string("061500000001"));
    if (request.mti() == "0800") {
        reply.set(39, std::string("00"));
        reply.set(62, field62);
        reply.set(60, "00" + batch + "003");
    } else if (request.mti() == "0820" || request.mti() == "0320") {
        reply.set(39, std::string("00"));
        const auto wanted = as_bytes(parameters);
        if (request.get(60).substr(8, 3) == "360") reply.set(62, Bytes(wanted.begin(), wanted.end()));
    } else if (request.mti() == "0500") {
        std::string totals(request.get(48));
        totals.at(30) = totals.at(61) = settlement_answer;
        reply.set(48, totals);
        reply.set(39, settlement_code);
    } else if (request.mti() == "0220") {
        const bool of_batch = request.get(60).substr(2, 6) == batch;
        reply.set(39, of_batch ? advice_code : std::string("77"));
        if (of_batch && advice_code == "00") post(request);
    } else if (request.mti() == "0400") {
        reply.set(39, reversal_code);
        if (reversal_code == "00")
            std::erase_if(approved_, [&](const auto& sale) { return sale.first == request.get(11); });
    } else {
        reply.set(39, code);
        if (code == "00" || code == "10") {
            reply.set(38, std::string("123456"));
            post(request);
        }
        if (!icc.empty()) reply.set(55, hex(icc));
    }
    return reply;
}

void ScriptedHost::post(const Message& request) {
    const std::string_view type = request.get(60).substr(0, 2);
    const bool moves = request.has(4) && request.mti() != "0100" && type != "32" && type != "34";
    const auto known = [&](const auto& posted) { return posted.first == request.get(11); };
    if (!moves || std::ranges::any_of(approved_, known)) return;  // an advice may come twice
    const std::int64_t amount = std::stoll(std::string(request.get(4)));
    approved_.emplace_back(request.get(11), request.get(3) == "200000" ? -amount : amount);
}

bool ScriptedHost::silent_to(const Message& request) {
    const std::string& mti = request.mti();
    if (mti == "0100" || mti == "0200") return silent_to_sales;
    if (mti == "0220") return silent_to_advices;
    if (mti == "0400") return silent_to_reversals;
    if (mti == "0500") return silent_to_settlements;
    if (mti == "0320") return uploads_answered == 0 || (uploads_answered > 0 && uploads_answered-- == 0);
    return false;
}

std::optional<Bytes> ScriptedHost::answer(ByteView octets) {
    const iso8583::Frame frame = iso8583::decode_frame(tests::unionpay(), octets).value();
    const Message request = iso8583::decode(tests::unionpay(), frame.message).value();
    requests.push_back(request);
    const bool bears_mac = !request.mti().starts_with("08");
    if (bears_mac) {
        const crypto::Block8 right =
            crypto::mac_unionpay(tak_, iso8583::mac_input(request.bitmap(), frame.message));
        CHECK(std::ranges::equal(right, request.bytes(64)));  // every financial request bears a right MAC
    }
    if (raw) return raw(request);
    Message reply = reply_to(request);
    if (silent_to(request) || (decide && !decide(request, reply))) return std::nullopt;
    if (change) change(reply);
    Bytes message;
    if (!bears_mac) {
        message = iso8583::encode(tests::unionpay(), reply);
    } else {
        message = iso8583::encode_with_mac(
            tests::unionpay(), reply, [this](ByteView data) { return crypto::mac_unionpay(tak_, data); });
        if (bad_mac) message.back() ^= 0x01;
    }
    Bytes header(frame.header.begin(), frame.header.end());
    header.at(2) = static_cast<std::uint8_t>(requirement);
    Bytes sent =
        iso8583::encode_frame(tests::unionpay(), {tpdu.value_or(frame.tpdu.reply()), header, message});
    if (cut_to > 0) sent.resize(std::min(sent.size(), cut_to));
    return sent;
}

}  // namespace posbench::terminal::testing
