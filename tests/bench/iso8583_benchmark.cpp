#include <benchmark/benchmark.h>

#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/dialect.hpp"

// The codec in the dialect of UnionPay's terminals: a request of seven fields, and a chip sale of twenty.

namespace {

using namespace posbench;
using iso8583::Message;

Message authorisation() {
    Message message("0100");
    message.set(2, "6210948000000011");
    message.set(3, "030000");
    message.set(4, "000000001234");
    message.set(11, "000042");
    message.set(22, "012");
    message.set(41, "10000001");
    message.set(42, "898100000000001");
    return message;
}

Message chip_sale() {
    Message message = authorisation();
    message.set(3, "000000");
    message.set(12, "223000");
    message.set(13, "0615");
    message.set(14, "2812");
    message.set(23, "001");
    message.set(25, "00");
    message.set(26, "12");
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(49, "156");
    message.set(52, hex("041277CDDEEFF669"));
    message.set(53, "2600000000000000");
    message.set(55, Bytes(135, 0x9F));
    message.set(60, "2200000100050");
    return message;
}

void parse(benchmark::State& state, const Message& message) {
    const Bytes octets = iso8583::encode(tests::unionpay(), message);
    for (auto _ : state) {
        const auto view = iso8583::MessageView::parse(tests::unionpay(), octets);
        benchmark::DoNotOptimize(view->bitmap());
        if (!view) state.SkipWithError("the message is refused");
    }
    state.SetBytesProcessed(static_cast<std::int64_t>(octets.size()) * state.iterations());
}

void decode(benchmark::State& state, const Message& message) {
    const Bytes octets = iso8583::encode(tests::unionpay(), message);
    for (auto _ : state) benchmark::DoNotOptimize(iso8583::decode(tests::unionpay(), octets).value());
}

void serialise(benchmark::State& state, const Message& message) {
    for (auto _ : state) benchmark::DoNotOptimize(iso8583::encode(tests::unionpay(), message));
}

BENCHMARK_CAPTURE(parse, seven_fields, authorisation());
BENCHMARK_CAPTURE(serialise, seven_fields, authorisation());
BENCHMARK_CAPTURE(parse, twenty_fields, chip_sale());
BENCHMARK_CAPTURE(decode, twenty_fields, chip_sale());
BENCHMARK_CAPTURE(serialise, twenty_fields, chip_sale());

}  // namespace
