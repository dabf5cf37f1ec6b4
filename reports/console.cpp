#include "reports/console.hpp"

#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "bench/judge/explain.hpp"
#include "bench/runtime/utf8.hpp"
#include "reports/text.hpp"

namespace posbench::reports {
namespace {

using judge::CaseRecord;
using judge::Finding;
using judge::Verdict;
using runtime::printable;

/// What the console says, in both languages.
struct Words {
    std::string_view scenario, verdict, run_time, measured;
    std::string_view expected, seen, where, criterion, suggested;
    std::string_view passed, failed, inconclusive, errors, none, skipped, took, records, interrupted,
        not_begun, more;
};
constexpr Words english{
    .scenario = "case",
    .verdict = "verdict",
    .run_time = "run time",
    .measured = "measured",
    .expected = "expected",
    .seen = "seen",
    .where = "where",
    .criterion = "criterion",
    .suggested = "suggested",
    .passed = "passed",
    .failed = "failed",
    .inconclusive = "inconclusive",
    .errors = "errors",
    .none = "not judged",
    .skipped = "skipped",
    .took = "in",
    .records = "records",
    .interrupted = "interrupted by signal",
    .not_begun = "of {} runs had not begun",
    .more = "more runs did not pass",
};
constexpr Words chinese{
    .scenario = "用例",
    .verdict = "结论",
    .run_time = "运行时间",
    .measured = "测量",
    .expected = "期望",
    .seen = "实际",
    .where = "位置",
    .criterion = "判据",
    .suggested = "建议项",
    .passed = "通过",
    .failed = "失败",
    .inconclusive = "无法判定",
    .errors = "台架错误",
    .none = "未判定",
    .skipped = "跳过",
    .took = "用时",
    .records = "记录",
    .interrupted = "被信号中断",
    .not_begun = "次（共 {} 次）运行尚未开始",
    .more = "次运行亦未通过",
};

const Words& words(Language language) {
    return language == Language::zh ? chinese : english;
}

std::string_view colour_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::pass:
            return "\x1b[32m";
        case Verdict::fail:
            return "\x1b[1;31m";
        case Verdict::error:
            return "\x1b[1;35m";
        case Verdict::inconclusive:
            return "\x1b[33m";
        case Verdict::skipped:
        case Verdict::none:
            break;
    }
    return "\x1b[2m";
}

std::string paint(const ConsoleOptions& options, Verdict verdict, std::string_view text) {
    if (!options.colour) return std::string(text);
    return fmt::format("{}{}\x1b[0m", colour_of(verdict), text);
}

bool is_bad(Verdict verdict) {
    return verdict == Verdict::fail || verdict == Verdict::error || verdict == Verdict::inconclusive;
}

/// "card_to_decision 3.21 s"
std::string first_measurement(const CaseRecord& record) {
    for (const judge::Measurement& measurement : record.judgement.measurements)
        return fmt::format("{} {}", printable(measurement.name),
                           measurement.value ? human_duration(*measurement.value) : std::string("–"));
    return "";
}

/// "?" where nobody can say, "✗" where it is known, "~" where it does not decide.
std::string_view mark_of(const Finding& finding) {
    if (finding.level == judge::Level::suggested) return "~";
    return finding.verdict == Verdict::inconclusive ? "?" : "✗";
}

void explain_finding(std::ostream& out, const Finding& finding, const std::vector<trace::Event>& events,
                     const ConsoleOptions& options) {
    const Words& say = words(options.language);
    const bool suggested = finding.level == judge::Level::suggested;
    out << "  " << paint(options, finding.verdict, mark_of(finding)) << ' ' << printable(finding.id);
    if (suggested) out << " (" << say.suggested << ')';
    out << '\n';
    const auto line = [&](std::string_view label, std::string_view text) {
        if (!text.empty()) out << "      " << fit(label, 10) << ' ' << printable(text) << '\n';
    };
    line(say.expected, finding.expected);
    line(say.seen, finding.seen);
    if (finding.event && *finding.event < events.size())
        line(say.where, judge::explain(events[*finding.event]));
    if (finding.source.line > 0) line(say.criterion, finding.source.to_string());
}

void explain_case(std::ostream& out, const CaseRecord& record, const ConsoleOptions& options) {
    out << '\n'
        << paint(options, record.verdict(), judge::to_string(record.verdict())) << "  "
        << printable(run_name(record)) << "  " << printable(title_of(record, options.language)) << '\n';
    for (const Finding& finding : record.judgement.findings)
        if (is_bad(finding.verdict)) explain_finding(out, finding, record.events, options);
    if (!record.trace_file.empty())
        out << "      posbench show " << printable(record.trace_file.string()) << '\n';
}

void table(std::ostream& out, const judge::RunRecord& run, const ConsoleOptions& options) {
    const Words& say = words(options.language);
    std::size_t width = 20;
    for (const CaseRecord& record : run.cases)
        width = std::max(width, display_width(printable(run_name(record))));
    width = std::min<std::size_t>(width, static_cast<std::size_t>(std::max(options.width - 50, 24)));
    out << fit(say.scenario, width) << "  " << fit(say.verdict, 12) << "  " << fit(say.run_time, 11) << "  "
        << say.measured << '\n';
    for (const CaseRecord& record : run.cases) {
        const Verdict verdict = record.verdict();
        out << fit_ends(printable(run_name(record)), width) << "  "
            << paint(options, verdict, fit(judge::to_string(verdict), 12)) << "  ";
        if (verdict == Verdict::skipped) {
            out << printable(record.skipped_because) << '\n';
        } else {
            out << fit(human_duration(record.run_time), 11) << "  " << first_measurement(record) << '\n';
        }
    }
}

void list_not_begun(std::ostream& out, const judge::RunRecord& run, const Words& say) {
    std::size_t runs = 0;
    for (const judge::NotBegun& missing : run.not_begun) runs += static_cast<std::size_t>(missing.runs);
    if (runs == 0) return;
    out << runs << ' ' << fmt::format(fmt::runtime(say.not_begun), run.cases.size() + runs) << ":\n";
    constexpr std::size_t most = 20;
    for (std::size_t i = 0; i < std::min(most, run.not_begun.size()); ++i) {
        const judge::NotBegun& missing = run.not_begun[i];
        out << "  " << printable(missing.case_id);
        if (missing.runs > 1) out << " × " << missing.runs;
        out << '\n';
    }
    if (run.not_begun.size() > most) out << "  … " << run.not_begun.size() - most << '\n';
}

void totals(std::ostream& out, const judge::RunRecord& run, const ConsoleOptions& options) {
    const Words& say = words(options.language);
    std::chrono::nanoseconds on_time_lines{};
    for (const CaseRecord& record : run.cases) on_time_lines += record.run_time;
    out << '\n';
    if (run.interrupted_by != 0) out << say.interrupted << ' ' << run.interrupted_by << '\n';
    list_not_begun(out, run, say);
    const auto count = [&](Verdict verdict, std::string_view word) {
        const int number = run.count(verdict);
        const std::string text = fmt::format("{} {}", number, word);
        return number > 0 ? paint(options, verdict, text) : text;
    };
    out << count(Verdict::pass, say.passed) << ", " << count(Verdict::fail, say.failed) << ", "
        << count(Verdict::inconclusive, say.inconclusive) << ", " << count(Verdict::error, say.errors)
        << ", ";
    if (run.count(Verdict::none) > 0) out << count(Verdict::none, say.none) << ", ";
    out << count(Verdict::skipped, say.skipped) << "  " << say.took << ' ' << human_duration(run.wall_time)
        << " (" << say.run_time << ' ' << human_duration(on_time_lines) << ")\n";
}

}  // namespace

Console::Console(std::ostream& out, ConsoleOptions options) : out_(out), options_(options) {}

void Console::begin(std::size_t runs, const std::string& station) {
    runs_ = runs;
    if (!options_.quiet) out_ << "posbench: " << runs << " × " << printable(station) << '\n';
}

void Console::case_done(const CaseRecord& record) {
    ++done_;
    if (is_bad(record.verdict())) ++bad_;
    if (!options_.progress || options_.quiet) return;
    const std::string line = fmt::format("[{}/{}] {} {}: {}", done_, runs_, bad_,
                                         words(options_.language).failed, printable(run_name(record)));
    out_ << '\r' << fit(line, static_cast<std::size_t>(options_.width - 1)) << std::flush;
}

void Console::summary(const judge::RunRecord& run, const std::filesystem::path& records) {
    if (options_.progress && !options_.quiet)
        out_ << '\r' << std::string(static_cast<std::size_t>(options_.width - 1), ' ') << '\r';
    if (!options_.quiet) table(out_, run, options_);
    std::size_t more = 0;
    for (const CaseRecord* record : worst_first(run)) {
        if (!is_bad(record->verdict())) continue;
        if (record->abridged)
            ++more;
        else
            explain_case(out_, *record, options_);
    }
    if (more > 0) out_ << fmt::format("\n… {} {}\n", more, words(options_.language).more);
    for (const Finding& finding : run.summary_findings)
        if (is_bad(finding.verdict)) explain_finding(out_, finding, {}, options_);
    totals(out_, run, options_);
    if (!records.empty() && !options_.quiet)
        out_ << words(options_.language).records << ": " << printable((records / "report.html").string())
             << '\n';
}

std::vector<std::string> tell_fields(const std::vector<trace::Event>& events) {
    std::vector<std::string> texts;
    texts.reserve(events.size());
    for (const trace::Event& event : events) texts.push_back(judge::explain_fields(event));
    return texts;
}

void print_trace(std::ostream& out, const std::vector<trace::Event>& events, const TellEvents& tell) {
    const std::vector<std::string> texts = tell(events);
    for (std::size_t i = 0; i < events.size(); ++i)
        out << printable(judge::explain_as(events[i], texts.at(i))) << '\n';
}

void print_judgement(std::ostream& out, const judge::Judgement& judgement,
                     const std::vector<trace::Event>& events, const ConsoleOptions& options) {
    for (const Finding& finding : judgement.findings) {
        if (is_bad(finding.verdict)) {
            explain_finding(out, finding, events, options);
        } else {
            out << "  " << paint(options, finding.verdict, "✓") << ' ' << printable(finding.id) << '\n';
        }
    }
    for (const judge::Measurement& measurement : judgement.measurements)
        out << "  " << printable(measurement.name) << ' '
            << (measurement.value ? human_duration(*measurement.value) : "–") << '\n';
    out << paint(options, judgement.verdict, judge::to_string(judgement.verdict)) << '\n';
}

}  // namespace posbench::reports
