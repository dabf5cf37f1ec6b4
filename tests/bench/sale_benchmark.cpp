#include <benchmark/benchmark.h>

#include "bench/cli/commands.hpp"
#include "bench/judge/judge.hpp"
#include "bench/runner/run_case.hpp"
#include "bench/station/station.hpp"

/// Whole runs in virtual time on one core: boot, sign-in, an approved chip sale, receipts, the trace, and
/// (second benchmark) the judgement. One iteration is one sale.
namespace {

using namespace posbench;

station::BoundCase chip_sale() {
    const station::Library library{POSBENCH_SOURCE_DIR};
    const auto station = station::load_station("emulated", library);
    const auto cases = scenario::load_scenario(library.scenarios() / "card" / "chip-sale.toml");
    return station::bind(cases.front(), station, library);
}

void approved_chip_sale(benchmark::State& state, const std::filesystem::path& trace_file) {
    const station::BoundCase bound = chip_sale();
    runner::CaseOptions options;
    options.version = "benchmark";
    options.trace_file = trace_file;
    for (auto _ : state) {
        ++options.repetition;
        const judge::CaseRecord record = runner::run_case(bound, options);
        if (record.judgement.verdict != judge::Verdict::pass) {
            state.SkipWithError("the sale was not judged a pass");
            break;
        }
        benchmark::DoNotOptimize(record.events.size());
    }
    state.counters["sales/s"] =
        benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

void approved_chip_sale_trace_in_memory(benchmark::State& state) {
    approved_chip_sale(state, {});
}
void approved_chip_sale_trace_on_disk(benchmark::State& state) {
    const auto file = std::filesystem::temp_directory_path() / "posbench-benchmark.jsonl";
    approved_chip_sale(state, file);
    std::filesystem::remove(file);
}

BENCHMARK(approved_chip_sale_trace_in_memory)->Unit(benchmark::kMicrosecond);
BENCHMARK(approved_chip_sale_trace_on_disk)->Unit(benchmark::kMicrosecond);

}  // namespace
