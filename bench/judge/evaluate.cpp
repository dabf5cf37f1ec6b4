#include "bench/judge/evaluate.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/judge/explain.hpp"

namespace posbench::judge {
namespace {

using trace::Event;
using Form = Criterion::Form;

/// Builds the finding of one criterion.
class Judging {
  public:
    Judging(const Criterion& criterion, const Observation& observation)
        : criterion_(criterion), observation_(observation) {
        finding_.id = criterion.id;
        finding_.level = criterion.level;
        finding_.expected = describe(criterion);
        finding_.source = criterion.source;
    }

    Finding run() {
        if (!open_window()) return std::move(finding_);
        switch (criterion_.form) {
            case Form::expect:
                expect();
                break;
            case Form::never:
                never();
                break;
            case Form::order:
                order();
                break;
            case Form::every:
                every();
                break;
            case Form::ledger:
                throw std::logic_error("the ledger is not judged as a criterion of events");
        }
        return std::move(finding_);
    }

  private:
    /// False when the criterion is already judged: what it waits for never began.
    bool open_window() {
        const auto steps = observation_.steps();
        if (!steps) {
            conclude(Verdict::inconclusive, "the steps never began");
            return false;
        }
        window_ = observation_.window_after(*steps, {});
        if (!criterion_.after) {
            window_ = observation_.window_after(*steps, criterion_.within);
            return true;
        }
        const auto start = observation_.find(*criterion_.after, window_);
        if (start) {
            window_ = observation_.window_after(*start, criterion_.within);
            return true;
        }
        const std::string miss = nearest_miss(*criterion_.after, observation_, window_, window_.begin);
        const std::string seen = fmt::format("{} never came ({})", criterion_.after->text(), miss);
        // What had to follow has not followed. A prohibition or a rule for all has merely not been tried.
        const bool owed = criterion_.form == Form::expect || criterion_.form == Form::order;
        conclude(owed ? failure() : Verdict::inconclusive, seen);
        return false;
    }

    const trace::Query& query() const { return criterion_.queries.front(); }

    /// Something is missing: a fail, unless the trace was cut off before the time was up.
    Verdict failure() const { return window_.whole ? Verdict::fail : Verdict::inconclusive; }

    /// Nothing forbidden was seen: a pass, unless the trace was cut off before the time was up.
    Verdict success() const { return window_.whole ? Verdict::pass : Verdict::inconclusive; }

    void conclude(Verdict verdict, std::string seen, std::optional<std::size_t> index = {}) {
        finding_.verdict = verdict;
        finding_.seen = std::move(seen);
        finding_.event = index;
        if (index) finding_.at = observation_.event(*index).at;
        if (verdict == Verdict::inconclusive && observation_.steps() && !window_.whole)
            finding_.seen += fmt::format("; the trace ends at {}, before the time was up",
                                         format_time(observation_.last()));
    }

    void expect() {
        std::vector<std::size_t> hits;
        for (auto hit = observation_.find(query(), window_); hit;
             hit = observation_.find(query(), window_, *hit + 1))
            hits.push_back(*hit);
        const auto count = static_cast<std::int64_t>(hits.size());
        const std::int64_t least = criterion_.at_least.value_or(criterion_.at_most ? 0 : 1);
        if (criterion_.at_most && count > *criterion_.at_most) {
            const std::size_t extra = hits[static_cast<std::size_t>(*criterion_.at_most)];
            conclude(Verdict::fail, fmt::format("came {} times; one too many is {}", count, told(extra)),
                     extra);
        } else if (count < least) {
            const std::size_t begin = hits.empty() ? window_.begin : hits.back() + 1;
            const std::string miss = nearest_miss_after(hits, begin);
            const std::string seen =
                least == 1 ? "did not come" : fmt::format("came {} of {} times", count, least);
            conclude(failure(), fmt::format("{}: {}", seen, miss));
        } else if (const auto unknown = observation_.missing(query());
                   criterion_.at_most && !unknown.empty()) {
            conclude(Verdict::inconclusive, cannot_say(unknown));
        } else if (hits.empty()) {
            conclude(success(), "did not come, as is allowed");
        } else {
            const std::size_t last = hits[static_cast<std::size_t>(std::max<std::int64_t>(least, 1)) - 1];
            const std::string more = count > 1 ? fmt::format(", {} in all", count) : "";
            conclude(criterion_.at_most ? success() : Verdict::pass, told(last) + more, last);
        }
    }

    /// A limit or a prohibition on events like one that never came was not tried.
    static std::string cannot_say(const std::string& missing) {
        return fmt::format("cannot be said: {}", missing);
    }

    std::string nearest_miss_after(const std::vector<std::size_t>& hits, std::size_t begin) const {
        if (hits.empty()) return nearest_miss(query(), observation_, window_, begin);
        std::string last = fmt::format("the last was {}", cite(observation_.event(hits.back())));
        const auto late = observation_.find(query(), observation_.window_after(hits.back(), {}));
        if (late) last += fmt::format(", and {} was too late", cite(observation_.event(*late)));
        return last;
    }

    void never() {
        if (const auto hit = observation_.find(query(), window_)) {
            conclude(Verdict::fail, told(*hit), *hit);
            return;
        }
        if (const auto unknown = observation_.missing(query()); !unknown.empty()) {
            conclude(Verdict::inconclusive, cannot_say(unknown));
            return;
        }
        const std::size_t count = count_of_kind();
        conclude(success(), count == 0 ? fmt::format("no {} at all", kind_name())
                                       : fmt::format("none of {} {} fits", count, kind_name()));
    }

    void order() {
        std::size_t begin = window_.begin;
        std::string so_far;
        for (const trace::Query& next : criterion_.queries) {
            const auto hit = observation_.find(next, window_, begin);
            if (!hit) {
                const std::string after = so_far.empty() ? "" : fmt::format("after {}: ", so_far);
                conclude(failure(), fmt::format("{}no {}: {}", after, next.text(),
                                                nearest_miss(next, observation_, window_, begin)));
                return;
            }
            so_far += (so_far.empty() ? "" : ", then ") + cite(observation_.event(*hit));
            finding_.event = *hit;
            begin = *hit + 1;
        }
        conclude(Verdict::pass, so_far, finding_.event);
    }

    void every() {
        std::size_t count = 0;
        std::size_t bad = 0;
        std::size_t first_bad = 0;
        bool undecided = false;
        for (auto hit = observation_.find(query(), window_); hit;
             hit = observation_.find(query(), window_, *hit + 1)) {
            ++count;
            const trace::Truth truth = observation_.truth(*criterion_.satisfies, *hit);
            undecided = undecided || truth == trace::Truth::unknown;
            if (truth == trace::Truth::no && bad++ == 0) first_bad = *hit;
        }
        if (bad > 0) {
            const auto why = observation_.mismatch(*criterion_.satisfies, first_bad);
            const std::string others =
                count > 1 ? fmt::format(" ({} of {} do not satisfy it)", bad, count) : "";
            conclude(Verdict::fail,
                     fmt::format("{}: {}{}", cite(observation_.event(first_bad)), why.text, others),
                     first_bad);
        } else if (const auto unknown = observation_.missing(query()); !unknown.empty()) {
            conclude(Verdict::inconclusive, cannot_say(unknown));
        } else if (undecided) {
            conclude(Verdict::inconclusive, cannot_say(observation_.missing(*criterion_.satisfies)));
        } else if (count == 0) {
            conclude(Verdict::inconclusive,
                     fmt::format("never happened, so nothing was shown: {}",
                                 nearest_miss(query(), observation_, window_, window_.begin)));
        } else {
            conclude(success(), fmt::format("all {} satisfy it", count));
        }
    }

    /// The event and what matters of it.
    std::string told(std::size_t index) const {
        const Event& event = observation_.event(index);
        const std::string fields = explain_fields(event);
        return fields.empty() ? cite(event) : fmt::format("{}: {}", cite(event), fields);
    }

    std::string_view kind_name() const { return trace::spec(query().kind()).name; }

    std::size_t count_of_kind() const {
        std::size_t count = 0;
        for (std::size_t i = window_.begin; i < observation_.events().size(); ++i) {
            const Event& event = observation_.event(i);
            count += event.kind == query().kind() && window_.covers(event) ? 1 : 0;
        }
        return count;
    }

    const Criterion& criterion_;
    const Observation& observation_;
    Window window_;
    Finding finding_;
};

std::string describe_count(const Criterion& criterion) {
    const auto& least = criterion.at_least;
    const auto& most = criterion.at_most;
    if (least && most && *least == *most) return fmt::format(", exactly {}", *least);
    std::string out;
    if (least) out += fmt::format(", at least {}", *least);
    if (most) out += fmt::format(", at most {}", *most);
    return out;
}

}  // namespace

std::string describe(const Criterion& criterion) {
    std::string out;
    switch (criterion.form) {
        case Form::expect:
            out = criterion.queries.front().text() + describe_count(criterion);
            break;
        case Form::never:
            out = "never " + criterion.queries.front().text();
            break;
        case Form::order:
            for (const trace::Query& query : criterion.queries)
                out += (out.empty() ? "first " : ", then ") + query.text();
            break;
        case Form::every:
            out = "every " + criterion.queries.front().text() + " satisfies " + criterion.satisfies->text();
            break;
        case Form::ledger:
            out = "the books of host, terminal and receipts agree, no reversal is owed and no order open";
            break;
    }
    if (criterion.within) out += ", within " + config::format_duration(*criterion.within);
    if (criterion.after) out += (criterion.within ? " after " : ", after ") + criterion.after->text();
    if (!criterion.because.empty()) out += " (" + criterion.because + ")";
    return out;
}

Finding evaluate(const Criterion& criterion, const Observation& observation) {
    return Judging(criterion, observation).run();
}

}  // namespace posbench::judge
