// The chip alone, in process: what one command costs without simulated time and events around it.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <benchmark/benchmark.h>

#include "bench/station/station.hpp"
#include "drivers/card/emulated/chip.hpp"

namespace {

using namespace posbench;

config::Value settings_of(const std::string& image) {
    return station::load_one_fixture(station::Library{POSBENCH_SOURCE_DIR}, "cards", image,
                                     station::Keys::resolved);
}

Bytes command(std::string_view header, ByteView data) {
    Bytes octets = hex(header);
    octets.push_back(static_cast<std::uint8_t>(data.size()));
    octets.insert(octets.end(), data.begin(), data.end());
    octets.push_back(0x00);
    return octets;
}

/// A chip and the commands of one transaction with its first application.
struct ChipInUse {
    explicit ChipInUse(const std::string& name) : image(card::read_card_image(settings_of(name))) {
        chip.emplace(image, runtime::Random(1));
        const card::Application& application = image.applications.front();
        select = command("00A40400", application.aid);
        Bytes values;
        emv::append_tlv(values, 0x83, Bytes(emv::dol_size(application.pdol)));
        options = command("80A80000", values);
        cdol1.resize(emv::dol_size(application.cdol1));
    }
    /// Up to the first GENERATE AC; false when the card refused (its transaction counter is used up).
    bool begin() {
        if (initiated()) return true;
        chip.emplace(image, runtime::Random(1));
        return initiated();
    }

    bool initiated() {
        return chip->process(select).sw == emv::sw::ok && chip->process(options).sw == emv::sw::ok;
    }

    card::CardImage image;
    std::optional<card::Chip> chip;
    Bytes select, options, cdol1;
};

/// The command alone, of a transaction that has come as far.
void timed(benchmark::State& state, ChipInUse& card, const Bytes& octets) {
    for (auto _ : state) {
        if (!card.begin()) return state.SkipWithError("the card refused");
        const auto start = std::chrono::steady_clock::now();
        const card::Answer answer = card.chip->process(octets);
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        if (answer.sw != emv::sw::ok) return state.SkipWithError("the card refused");
        state.SetIterationTime(took.count());
    }
}

void generate_ac(benchmark::State& state, const std::string& image, std::string_view header) {
    ChipInUse card(image);
    timed(state, card, command(header, card.cdol1));
}
BENCHMARK_CAPTURE(generate_ac, triple_des, "unionpay-credit", "80AE8000")->UseManualTime();
BENCHMARK_CAPTURE(generate_ac, triple_des_version_18, "visa-credit-cvn18", "80AE8000")->UseManualTime();
BENCHMARK_CAPTURE(generate_ac, cda_1024_bits, "unionpay-credit-cda", "80AE9000")->UseManualTime();

void internal_authenticate_1024_bits(benchmark::State& state) {
    ChipInUse card("unionpay-credit-dda");
    timed(state, card, command("00880000", hex("01020304")));
}
BENCHMARK(internal_authenticate_1024_bits)->UseManualTime();

void read_record(benchmark::State& state) {
    ChipInUse card("unionpay-credit");
    if (!card.begin()) return state.SkipWithError("the card refused");
    const Bytes octets = hex("00B2011400");
    for (auto _ : state) benchmark::DoNotOptimize(card.chip->process(octets).data.size());
    state.counters["records/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(read_record);

/// Image to card: certificates are signed here.
void read_image(benchmark::State& state, const std::string& image) {
    const config::Value settings = settings_of(image);
    for (auto _ : state) benchmark::DoNotOptimize(card::read_card_image(settings).applications.size());
}
BENCHMARK_CAPTURE(read_image, without_certificates, "unionpay-credit");
BENCHMARK_CAPTURE(read_image, with_certificates, "unionpay-credit-dda");

}  // namespace
