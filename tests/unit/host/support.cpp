#include "tests/unit/host/support.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tests/support/catch.hpp"

namespace posbench::test {

using iso8583::Message;
using namespace std::chrono_literals;

config::Value host_profile(std::string_view over) {
    auto settings = config::load_text(fmt::format(R"(
header = "603100311003"
imk_ac = "9E15204313F7318ACB79B90BD986AD29"
[terminal.one]
tid = "{}"
mid = "{}"
tmk = "{}"
[account.credit]
pan = "{}"
balance = "1000.00"
pin = "123456"
)",
                                                  tid, mid, tmk, credit),
                                      "profile");
    config::at_path(settings, "dialect") = tests::dialect_table("unionpay-pos");
    config::merge(settings, config::load_text(over, "over"));
    return settings;
}

HostBench::HostBench(std::string_view over, std::uint64_t seed)
    : clock(std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h),
      trace(clock),
      network(clock),
      context_{clock, trace, resources_, runtime::Random(seed)} {
    auto profile = std::make_shared<const host::Profile>(host::read_profile(host_profile(over)));
    host = std::make_unique<host::AcquirerHost>(std::move(profile), context_, network);
    host->start();
}

void HostBench::run(runtime::Job& job) {
    REQUIRE(clock.run_until([&] { return job.done(); }) == runtime::RunEnd::finished);
}

void HostBench::run_for(runtime::Duration duration) {
    bool over = false;
    runtime::CallbackTimer timer([&] { over = true; });
    clock.arm(timer, clock.now() + duration);
    clock.run_until([&] { return over; });
}

std::vector<trace::Event> HostBench::events(trace::Kind kind) const {
    std::vector<trace::Event> found;
    std::ranges::copy_if(trace.events(), std::back_inserter(found),
                         [kind](const trace::Event& event) { return event.kind == kind; });
    return found;
}

void HostBench::add_rules(std::string_view toml) {
    const auto document = config::load_text(toml, "rules");
    host->add_rules(*document.get<config::Table>()->find("rules"));
}

void Client::adopt_batch(const Message& reply) {
    batch_ = reply.get(60).substr(2, 6);
    last_stan_ = 0;
}

std::string Client::next_stan() {
    return fmt::format("{:06}", ++last_stan_);
}

Message Client::sign_in(std::string_view form) {
    Message request("0800");
    request.set(11, next_stan());
    request.set(41, std::string(tid));
    request.set(42, std::string(mid));
    request.set(60, fmt::format("00{}{}", batch_, form));
    return take_keys(ask(request), form);
}

Message Client::take_keys(Message reply, std::string_view form) {
    if (reply.get(39) != "00") return reply;
    const crypto::DesCipher master{hex(tmk)};
    const std::size_t width = form == "001" ? 8 : 16;
    double_length_ = width == 16;
    const ByteView keys = reply.bytes(62);
    pin_key_.emplace(master.decrypt(keys.first(width)));
    mac_key_.emplace(master.decrypt(keys.subspan(width + 4, 8)));
    track_key_.reset();
    if (form == "004") track_key_.emplace(master.decrypt(keys.subspan(40, 16)));
    return reply;
}

Message Client::sale(std::int64_t amount, std::string_view pan) {
    Message request("0200");
    request.set(2, std::string(pan));
    request.set(3, "000000");
    request.set(4, fmt::format("{:012}", amount));
    request.set(11, next_stan());
    request.set(14, "3012");
    request.set(22, "012");
    request.set(25, "00");
    request.set(41, std::string(tid));
    request.set(42, std::string(mid));
    request.set(49, "156");
    request.set(60, fmt::format("22{}00060", batch_));
    return request;
}

Message Client::swiped_sale(std::int64_t amount, std::string_view track2) {
    Message request = sale(amount);
    request.clear(14);
    request.set(22, "022");
    request.set(35, std::string(track2));
    return request;
}

Message Client::sale_taking_parts(std::int64_t amount) {
    Message request = sale(amount);
    request.set(60, fmt::format("22{}000601", batch_));
    return request;
}

Message Client::inquiry(std::string_view pan) {
    Message request = sale(0, pan);
    request.clear(4);
    request.set(3, "310000");
    request.set(60, fmt::format("01{}00060", batch_));
    return request;
}

Message Client::undo(std::string_view mti, std::string_view type, std::int64_t amount,
                     const Message& original) {
    Message request = sale(amount);
    Message named{std::string(mti)};
    for (int field : request.fields()) named.set(field, std::string(request.get(field)));
    named.set(3, "200000");
    if (original.has(37)) named.set(37, std::string(original.get(37)));
    named.set(60, fmt::format("{}{}00060", type, batch_));
    named.set(61, fmt::format("{}{}", batch_, original.get(11)));
    return named;
}

Message Client::request(iso8583::TransactionType type, std::int64_t amount, const Message* original) {
    const iso8583::TransactionRow& row = iso8583::transaction_row(type);
    const Message like_sale = sale(amount);
    Message made{std::string(row.mti)};
    for (const int field : like_sale.fields()) made.set(field, std::string(like_sale.get(field)));
    made.set(3, std::string(row.processing_code));
    made.set(25, std::string(row.condition));
    made.set(60, fmt::format("{}{}00060", row.code, batch_));
    if (original) {
        if (original->has(37)) made.set(37, std::string(original->get(37)));
        made.set(61, fmt::format("{}{}", original->get(60).substr(2, 6), original->get(11)));
    }
    return made;
}

Message Client::approved(iso8583::TransactionType type, std::int64_t amount, const Message* original) {
    Message made = request(type, amount, original);
    const Message reply = ask(made);
    REQUIRE(reply.get(39) == "00");
    made.set(37, std::string(reply.get(37)));
    made.set(38, std::string(reply.get(38)));
    return made;
}

Message Client::on_hold(iso8583::TransactionType type, std::int64_t amount,
                        const Message& pre_authorisation) {
    Message made = request(type, amount, &pre_authorisation);
    made.clear(37);
    made.set(38, std::string(pre_authorisation.get(38)));
    made.set(61, std::string(made.get(61)) + "0615");
    return made;
}

Message Client::reversal(const Message& original, std::string_view reason) {
    Message request("0400");
    for (int field : {2, 3, 4, 11, 14, 22, 25, 41, 42, 49, 60})
        if (original.has(field)) request.set(field, std::string(original.get(field)));
    request.set(39, std::string(reason));
    return request;
}

void Client::add_pin(Message& message, std::string_view pin, std::string_view pan) const {
    const auto block = crypto::pin_block_iso0(pin, pan);
    REQUIRE(block.has_value());
    message.set(22, std::string(message.get(22).substr(0, 2)) + "1");
    message.set(26, "12");
    message.set(52, ByteView(pin_key_.value().encrypt(*block)));
    message.set(53, double_length_ ? "2600000000000000" : "2000000000000000");
}

Bytes Client::frame(Message message) const {
    const bool managed = message.mti() == "0800" || message.mti() == "0820";
    const auto mac = [this](ByteView covered) { return crypto::mac_unionpay(*mac_key_, covered); };
    const Bytes header = hex("603100311003");
    const Bytes octets = managed || !mac_key_ || message.has(64)
                             ? iso8583::encode(tests::unionpay(), message)
                             : iso8583::encode_with_mac(tests::unionpay(), message, mac);
    return iso8583::encode_frame(tests::unionpay(), {{{0x60, 0x00, 0x06, 0x00, 0x01}}, header, octets});
}

Exchange Client::exchange(const Message& message, runtime::Duration patience) {
    Exchange result;
    const auto begun = bench_.clock.now();
    runtime::Job job(bench_.clock, talk(frame(message), patience, result));
    bench_.run(job);
    result.took = bench_.clock.now() - begun;
    return result;
}

Heard Client::hear(const Bytes& octets, runtime::Duration length) {
    Heard heard;
    runtime::Job job(bench_.clock, listen(octets, length, heard));
    bench_.run(job);
    return heard;
}

runtime::Task<void> Client::listen(Bytes request, runtime::Duration length, Heard& heard) {
    const auto stream = bench_.network.connect_now();
    REQUIRE(stream != nullptr);
    const auto begun = bench_.clock.now();
    const auto sent = co_await stream->write(request, begun + length);
    REQUIRE(sent.has_value());
    for (;;) {
        std::array<std::uint8_t, 4096> buffer{};
        const auto count = co_await stream->read_some(buffer, begun + length);
        heard.ended = count ? *count == 0 : count.error() != runtime::NetError::timed_out;
        if (!count || *count == 0) break;
        heard.last = bench_.clock.now() - begun;
        if (heard.octets.empty()) heard.first = heard.last;
        append(heard.octets, ByteView(buffer).first(*count));
    }
    stream->close();
    co_await bench_.clock.yield();
}

Message Client::ask(const Message& message) {
    const Exchange result = exchange(message);
    REQUIRE(result.reply);
    return *result.reply;
}

runtime::Task<void> Client::talk(Bytes request, runtime::Duration patience, Exchange& result) {
    const auto stream = bench_.network.connect_now();
    if (!stream) {
        result.error = runtime::NetError::refused;
        co_return;
    }
    const auto deadline = bench_.clock.now() + patience;
    const auto sent = co_await stream->write(request, deadline);
    std::array<std::uint8_t, 2> prefix{};
    auto got = co_await runtime::read_exactly(*stream, prefix, deadline);
    if (!sent || !got) {
        result.error = sent ? got.error() : sent.error();
        result.ended = result.error == runtime::NetError::closed;
        stream->close();
        co_return;
    }
    Bytes body(static_cast<std::size_t>(prefix[0]) << 8 | prefix[1]);
    got = co_await runtime::read_exactly(*stream, body, deadline);
    stream->close();
    co_await bench_.clock.yield();
    const auto frame = iso8583::decode_frame(tests::unionpay(), body);
    if (!got || !frame) co_return;
    auto message = iso8583::decode(tests::unionpay(), frame->message);
    if (!message) co_return;
    result.octets = body;
    result.mac_right =
        mac_key_ && message->has(64) &&
        std::ranges::equal(
            message->bytes(64),
            crypto::mac_unionpay(*mac_key_, iso8583::mac_input(message->bitmap(), frame->message)));
    result.reply = *std::move(message);
}

}  // namespace posbench::test
