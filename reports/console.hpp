#pragma once

#include <filesystem>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "bench/judge/record.hpp"

namespace posbench::reports {

enum class Language { en, zh };

struct ConsoleOptions {
    Language language = Language::en;
    bool colour = false;
    bool progress = false;  ///< a live progress line: the output is a terminal
    bool quiet = false;     ///< only failures and the last line
    int width = 100;        ///< columns
};

/// What a person sees while a campaign runs and when it is over.
class Console {
  public:
    Console(std::ostream& out, ConsoleOptions options);
    void begin(std::size_t runs, const std::string& station);
    void case_done(const judge::CaseRecord& record);
    /// The table, failures explained (expected, seen, where; those of abridged runs are counted), and one
    /// line of totals.
    void summary(const judge::RunRecord& run, const std::filesystem::path& records);

  private:
    std::ostream& out_;
    ConsoleOptions options_;
    std::size_t runs_ = 0;
    std::size_t done_ = 0;
    std::size_t bad_ = 0;
};

/// What is said of each event of a run, in order, beside its time and kind. Whoever knows what is inside an
/// event tells more of it than the judge, who knows no driver.
using TellEvents = std::function<std::vector<std::string>(const std::vector<trace::Event>&)>;
/// judge::explain_fields() of each.
std::vector<std::string> tell_fields(const std::vector<trace::Event>& events);

/// A stored trace as a person reads it, a line an event.
void print_trace(std::ostream& out, const std::vector<trace::Event>& events,
                 const TellEvents& tell = tell_fields);
/// One judgement explained: the same text as in the summary. @param events the trace that was judged
void print_judgement(std::ostream& out, const judge::Judgement& judgement,
                     const std::vector<trace::Event>& events, const ConsoleOptions& options);

}  // namespace posbench::reports
