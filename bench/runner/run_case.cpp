#include "bench/runner/run_case.hpp"

#include <algorithm>
#include <exception>
#include <optional>
#include <span>
#include <string>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "bench/judge/judge.hpp"
#include "bench/runner/people.hpp"
#include "bench/runner/perform.hpp"
#include "bench/runner/rig.hpp"
#include "bench/runner/watch.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/trace/jsonl.hpp"

namespace posbench::runner {
namespace {

using namespace std::chrono_literals;
using runtime::Duration;
using runtime::Task;
using runtime::TimePoint;
using scenario::Step;
using station::BoundCase;
using trace::Event;
using trace::Kind;

/// Virtual runs begin at this civil time unless the scenario says otherwise: a Monday morning, far from month
/// and year ends.
constexpr runtime::WallTime virtual_morning =
    std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + std::chrono::hours(10);
constexpr Duration step_patience = 5min;
/// Of the closing phase, to a terminal behind a poor line.
constexpr int most_occasions = 5;
/// What waits to the run's limit ends by itself; what does not is broken off this much later.
constexpr Duration limit_grace = 1s;

std::string said_by(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "an exception that is no std::exception";
    }
}

/// One run in progress. Members are in the order of dependence and are released in the reverse.
class CaseRun {
  public:
    CaseRun(const BoundCase& bound, const CaseOptions& options, std::uint64_t seed)
        : bound_(bound),
          scenario_(bound.source.scenario),
          clock_(make_clock(bound, options.stop)),
          writer_(make_writer(options, !bound.virtual_time)),
          trace_(*clock_, writer_ ? &*writer_ : nullptr),
          watch_(trace_),
          limit_(TimePoint(scenario_.definition.limit)),
          at_limit_([this] { limit_reached_ = true; }) {
        announce(options, seed);
        try {
            run(seed);
        } catch (...) {
            give_up(said_by(std::current_exception()));
        }
    }

    Duration run_time() const noexcept { return clock_->now().time_since_epoch(); }
    std::vector<Event> take_events() noexcept { return trace_.take_events(); }

  private:
    static std::unique_ptr<runtime::Clock> make_clock(const BoundCase& bound, std::stop_token stop) {
        const auto now = bound.source.scenario.given.now;
        if (bound.virtual_time)
            return std::make_unique<runtime::VirtualClock>(now.value_or(virtual_morning), stop);
        return std::make_unique<runtime::RealClock>(stop);
    }
    static std::optional<trace::JsonlWriter> make_writer(const CaseOptions& options, bool each_line) {
        if (options.trace_file.empty()) return std::nullopt;
        return std::optional<trace::JsonlWriter>(std::in_place, options.trace_file, each_line);
    }

    void announce(const CaseOptions& options, std::uint64_t seed) {
        trace_.emit(
            Kind::bench_run,
            {{"vocabulary", trace::vocabulary_version},
             {"version", options.version},
             {"scenario", scenario_.id},
             {"case", bound_.source.id},
             {"station", bound_.station},
             {"seed", std::to_string(seed)},
             {"wall_start",
              fmt::format("{:%FT%T}", std::chrono::floor<std::chrono::seconds>(clock_->wall_start()))},
             {"virtual_time", bound_.virtual_time},
             {"definition", bound_.definition}});
    }

    void run(std::uint64_t seed) {
        clock_->arm(at_limit_, limit_ + limit_grace);
        rig_.emplace(bound_, *clock_, trace_, seed);
        hand_.emplace(*clock_, watch_, rig_->terminal());
        const bool types_pin = std::ranges::none_of(
            scenario_.steps, [](const Step& step) { return step.verb == "terminal.pin"; });
        cardholder_.emplace(*hand_, watch_, *clock_, rig_->card(),
                            scenario_.given.cardholder_pin.value_or(rig_->card().holder_pin()), types_pin);
        script_ = runtime::Job(*clock_, script());
        const runtime::RunEnd end = clock_->run_until([this] { return script_.done() || limit_reached_; });
        const bool complete = script_.done() && rested_;
        cardholder_.reset();
        script_.cancel();
        hand_.reset();
        release();
        finish(complete ? "complete" : end == runtime::RunEnd::interrupted ? "interrupted" : "hung");
    }

    /// A driver threw: what can still be released is, and the trace says what happened.
    void give_up(const std::string& why) {
        cardholder_.reset();
        script_.cancel();
        hand_.reset();
        note_error(why);
        note_failures();
        try {
            if (rig_) release();
        } catch (...) {
            note_error(said_by(std::current_exception()));
        }
        rig_.reset();
        finish("error");
    }

    /// What else was thrown in the same event.
    void note_failures() {
        while (const std::exception_ptr failure = clock_->failures().take()) note_error(said_by(failure));
    }

    void note_error(std::string_view text) {
        trace_.emit(Kind::bench_note, {{"severity", "error"}, {"text", text}});
    }

    /// Safe state, proof of what was asked of network and card, and everything handed back.
    void release() {
        enter("release");
        rig_->lift_faults();
        rig_->network().verify();
        rig_->card().conclude();
        rig_->host().stop();
        rig_.reset();
    }

    Task<void> script() {
        enter("setup");
        rig_->network().start();
        rig_->host().start();
        rig_->power().restore();
        co_await rest();
        if (!rested_) co_return;
        enter("steps");
        co_await steps();
        enter("settling");
        co_await rest();
        if (rested_ && scenario_.closing && owes()) {
            enter("closing");
            co_await close();
        }
    }

    /// Waits for the terminal to have nothing left to do; not `rested_` when the run's limit came first.
    Task<void> rest() { rested_ = co_await watch_.rest(rig_->terminal(), limit_); }

    /// A step waits no longer than the run may last: what it waited for is then missed, whatever the terminal
    /// did.
    Task<void> steps() {
        std::size_t position = watch_.position();
        int index = 0;
        for (const Step& step : scenario_.steps) {
            ++index;
            std::string missed;
            if (step.on) missed = co_await await_event(step, position);
            if (missed.empty() && step.after) missed = co_await let_pass(*step.after);
            const std::size_t acted_at = watch_.position();
            if (missed.empty()) missed = co_await perform(step, *rig_, *hand_);
            position = acted_at;
            trace_.emit(Kind::bench_step, {{"index", index},
                                           {"do", step.verb},
                                           {"line", step.source.line},
                                           {"state", missed.empty() ? "done" : "missed"},
                                           {"detail", missed}});
            if (!missed.empty()) co_return;
        }
    }

    /// Waits for the event of `step` from `position` on. What was missed; empty when it came.
    Task<std::string> await_event(const Step& step, std::size_t& position) {
        const Duration patience = step.timeout.value_or(step_patience);
        const TimePoint deadline = std::min(clock_->now() + patience, limit_);
        const bool limited = deadline == limit_;
        const Event* event = co_await watch_.event(
            position, [&](const Event& candidate) { return step.on->matches(candidate, bindings()); },
            deadline);
        if (event) co_return std::string();
        co_return limited
            ? fmt::format("no {} before {}", step.on->text(), limit_text())
            : fmt::format("no {} within {}", step.on->text(), config::format_duration(patience));
    }

    Task<std::string> let_pass(Duration after) {
        const TimePoint end = std::min(clock_->now() + after, limit_);
        co_await clock_->sleep_for(end - clock_->now());
        co_return end < limit_
            ? std::string()
            : fmt::format("its 'after' of {} reaches {}", config::format_duration(after), limit_text());
    }

    std::string limit_text() const {
        return fmt::format("the run's limit of {}", config::format_duration(scenario_.definition.limit));
    }

    /// Lifts every fault and gives the terminal the occasion to settle what it owes: its next online
    /// transaction. The line of the profile stays, and a poor one may swallow that too: then it gets another.
    Task<void> close() {
        rig_->lift_faults();
        if (!rig_->power().on()) rig_->power().restore();
        co_await rest();
        for (int i = 0; rested_ && i < most_occasions; ++i) {
            const std::size_t begin = watch_.position();
            const std::string missed = co_await hand_->sign_in();
            if (!missed.empty()) trace_.emit(Kind::bench_note, {{"severity", "warning"}, {"text", missed}});
            co_await rest();
            if (!missed.empty() || !owes() || !line_failed(begin)) co_return;
        }
    }

    /// Whether the terminal reached for the host since the event `begin` and had no answer.
    bool line_failed(std::size_t begin) const {
        const auto since = std::span(trace_.events()).subspan(begin);
        const auto count = [&](Kind kind) { return std::ranges::count(since, kind, &Event::kind); };
        return count(Kind::terminal_connecting) > count(Kind::terminal_response);
    }

    bool owes() const {
        return std::ranges::any_of(judge::reconcile(trace_.events()),
                                   [](const judge::LedgerLine& line) { return !line.agrees; });
    }

    trace::Bindings bindings() const {
        return [this](std::string_view name) -> const Event* {
            for (const judge::Binding& binding : scenario_.definition.bindings) {
                if (binding.name != name) continue;
                for (const Event& event : trace_.events())
                    if (binding.query.matches(event)) return &event;
            }
            return nullptr;
        };
    }

    void enter(std::string_view phase) { trace_.emit(Kind::bench_phase, {{"phase", phase}}); }

    void finish(std::string_view state) {
        trace_.emit(Kind::bench_end, {{"state", state}});
        if (writer_) writer_->flush();
    }

    const BoundCase& bound_;
    const scenario::Scenario& scenario_;
    std::unique_ptr<runtime::Clock> clock_;
    std::optional<trace::JsonlWriter> writer_;
    trace::Recorder trace_;
    Watch watch_;
    TimePoint limit_;
    runtime::CallbackTimer at_limit_;
    bool limit_reached_ = false;
    bool rested_ = true;  ///< the terminal, when it was last waited for
    std::optional<Rig> rig_;
    std::optional<Operator> hand_;
    std::optional<Cardholder> cardholder_;
    runtime::Job script_;
};

judge::CaseRecord describe(const BoundCase& bound, const CaseOptions& options, std::uint64_t seed) {
    const scenario::Scenario& scenario = bound.source.scenario;
    judge::CaseRecord record;
    record.scenario = scenario.id;
    record.case_id = bound.source.id;
    record.title = scenario.title;
    record.causes = scenario.causes;
    record.tags = scenario.tags;
    record.profile = bound.profile;
    record.seed = seed;
    record.repetition = options.repetition;
    record.file = scenario.file;
    record.trace_file = options.trace_file;
    return record;
}

}  // namespace

std::uint64_t case_seed(std::uint64_t run_seed, std::string_view case_id, int repetition) {
    return runtime::Random(run_seed).fork(fmt::format("{}#{}", case_id, repetition)).next();
}

judge::CaseRecord run_case(const BoundCase& bound, const CaseOptions& options) {
    const std::uint64_t seed = case_seed(options.run_seed, bound.source.id, options.repetition);
    judge::CaseRecord record = describe(bound, options, seed);
    if (!bound.lacking.empty()) {
        record.skipped_because =
            fmt::format("station {} lacks {}", bound.station, fmt::join(bound.lacking, ", "));
        record.trace_file.clear();
        return record;
    }
    const auto begin = std::chrono::steady_clock::now();
    try {
        CaseRun run(bound, options, seed);
        record.run_time = run.run_time();
        record.events = run.take_events();
        record.judgement = judge::judge(bound.source.scenario.definition, record.events);
    } catch (...) {  // the trace itself cannot be written
        judge::Finding finding;
        finding.id = "bench";
        finding.verdict = record.judgement.verdict = judge::Verdict::error;
        finding.expected = "the run is recorded";
        finding.seen = said_by(std::current_exception());
        record.judgement.findings.push_back(std::move(finding));
    }
    record.wall_time = std::chrono::steady_clock::now() - begin;
    return record;
}

}  // namespace posbench::runner
