#include "tests/unit/host/tape.hpp"

#include <fmt/format.h>

namespace posbench::test {

using iso8583::Message;
using namespace std::chrono_literals;

std::string recorded_rrn(const Message& request) {
    return "010203" + std::string(request.get(11));
}

Message answered(const Message& request, std::string_view code) {
    Message reply(iso8583::reply_mti(request.mti()));
    for (const int field : {2, 3, 4, 11, 25, 41, 42, 49})
        if (request.has(field)) reply.set(field, std::string(request.get(field)));
    reply.set(12, "010203");
    reply.set(13, "0102");
    reply.set(15, "0102");
    reply.set(37, recorded_rrn(request));
    if (code == "00") reply.set(38, "424242");
    reply.set(39, std::string(code));
    reply.set(44, "99999999   88888888   ");
    reply.set(60, std::string(request.get(60).substr(0, 8)));
    reply.set(64, hex("0102030405060708"));
    return reply;
}

Tape& Tape::add(const Message& request, const std::optional<Message>& reply, runtime::Duration wait,
                std::optional<runtime::Duration> closed) {
    host::RecordedExchange one{1, 0s, kept(request), {}, {}, closed};
    if (reply) {
        one.reply = kept(*reply);
        one.took = wait;
    }
    lines_ += host::to_line(one) + "\n";
    return *this;
}

std::string Tape::key() {
    return fmt::format("recording = '{}'\n", folder_.write("tape.jsonl", lines_).string());
}

host::KeptMessage Tape::kept(Message message) {
    if (message.has(11)) message.set(11, "00" + std::string(message.get(11).substr(2)));
    return host::keep(tests::unionpay(), {{}, {}, std::move(message), 0});
}

}  // namespace posbench::test
