#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/judge/judge.hpp"
#include "bench/runtime/clock.hpp"
#include "bench/trace/recorder.hpp"

namespace posbench::judge::test {

using namespace std::chrono_literals;
using trace::Kind;

/// Writes traces by hand: events are checked against the vocabulary, times are given in milliseconds.
class Story {
  public:
    /// Begins with a set-up and the steps at 1 s.
    Story() {
        at(0, Kind::bench_phase, {{"phase", "setup"}});
        at(1000, Kind::bench_phase, {{"phase", "steps"}});
    }

    Story& at(int ms, Kind kind, trace::Fields fields = {}) {
        runtime::VirtualClock clock{runtime::WallTime{}};
        trace::Recorder checked(clock);
        checked.emit_at(runtime::TimePoint(std::chrono::milliseconds(ms)), kind, std::move(fields));
        events_.push_back(checked.events().front());
        return *this;
    }
    Story& end(int ms, std::string_view state = "complete") {
        return at(ms, Kind::bench_end, {{"state", state}});
    }

    Story& request(int ms, std::string_view mti, std::string_view stan) {
        return at(ms, Kind::host_request, {{"mti", mti}, {"stan", stan}});
    }
    Story& display(int ms, std::string_view text) { return at(ms, Kind::terminal_display, {{"text", text}}); }

    Story& posted(std::string_view entry, std::string_view stan, std::int64_t amount) {
        return at(2000, Kind::host_posted,
                  {{"entry", entry},
                   {"stan", stan},
                   {"tid", "00000001"},
                   {"amount", amount},
                   {"currency", "156"},
                   {"pan", "621094******0011"}});
    }
    Story& journal(std::string_view op, std::string_view entry, std::string_view stan, std::int64_t amount,
                   std::string_view state) {
        return at(2000, Kind::terminal_journal,
                  {{"op", op},
                   {"entry", entry},
                   {"stan", stan},
                   {"amount", amount},
                   {"currency", "156"},
                   {"state", state}});
    }
    Story& printed(std::string_view transaction, std::string_view stan, std::int64_t amount,
                   std::string_view copy = "merchant", std::string_view outcome = "approved") {
        return at(2000, Kind::terminal_printed,
                  {{"copy", copy},
                   {"transaction", transaction},
                   {"outcome", outcome},
                   {"stan", stan},
                   {"amount", amount},
                   {"currency", "156"},
                   {"text", "receipt"}});
    }
    Story& outcome(std::string_view outcome, std::string_view stan, std::int64_t amount) {
        return at(2000, Kind::terminal_outcome,
                  {{"transaction", "sale"},
                   {"outcome", outcome},
                   {"stan", stan},
                   {"amount", amount},
                   {"currency", "156"}});
    }

    const std::vector<trace::Event>& events() const { return events_; }

  private:
    std::vector<trace::Event> events_;
};

/// The definition in a scenario's [bind], [[criterion]] and [[measure]].
inline Definition define(std::string_view toml) {
    const config::Value document = config::load_text(toml, "scenario.toml");
    config::Reader reader(document, "scenario");
    Definition definition = read_definition(reader);
    reader.finish();
    return definition;
}

/// The finding of the only criterion with the keys given, over the story.
inline Finding find(const Story& story, std::string_view keys) {
    const Judgement judgement =
        judge(define("[[criterion]]\nid = \"c\"\n" + std::string(keys)), story.events());
    for (const Finding& finding : judgement.findings)
        if (finding.id == "c") return finding;
    throw std::logic_error("the criterion was not judged");
}

}  // namespace posbench::judge::test
