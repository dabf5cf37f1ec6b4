#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/resources.hpp"
#include "bench/trace/recorder.hpp"
#include "drivers/registry.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_folder.hpp"

namespace posbench::tests {

/// What a driver of one run is given, in real time.
struct RealBench {
    TemporaryFolder scratch;
    runtime::RealClock clock{runtime::WallTime{}};
    trace::Recorder trace{clock};
    runtime::ResourceJournal journal{scratch.path() / "run"};
    drivers::Context context{clock, trace, journal, runtime::Random(7)};

    const trace::Event* find(trace::Kind kind, std::string_view field = {},
                             std::string_view text = {}) const {
        for (const trace::Event& event : trace.events())
            if (event.kind == kind && (field.empty() || event.text(field) == text)) return &event;
        return nullptr;
    }
    /// Runs until such an event is there; fails the test after a generous time.
    const trace::Event& wait_for(trace::Kind kind, std::string_view field = {}, std::string_view text = {}) {
        run_until([&] { return find(kind, field, text) != nullptr; });
        return *find(kind, field, text);
    }
    template <class Condition>
    void run_until(Condition condition) {
        bool late = false;
        runtime::CallbackTimer limit([&] { late = true; });
        clock.arm(limit, clock.now() + std::chrono::seconds(30));
        clock.run_until([&] { return condition() || late; });
        REQUIRE_FALSE(late);
    }
};

template <class T>
runtime::Task<void> keep(runtime::Task<T> task, std::optional<T>& out) {
    out.emplace(co_await std::move(task));
}

/// Runs one operation to its end.
template <class T>
T finish(RealBench& bench, runtime::Task<T> task) {
    std::optional<T> out;
    runtime::Job job(bench.clock, keep(std::move(task), out));
    bench.run_until([&] { return job.done(); });
    return std::move(*out);
}

}  // namespace posbench::tests
