#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <pugixml.hpp>

#include "bench/runtime/utf8.hpp"
#include "reports/files.hpp"
#include "reports/text.hpp"

namespace posbench::reports {
namespace {

using judge::CaseRecord;
using judge::Verdict;
using runtime::printable;

/// " (scenarios/card/mine.toml:17:1)" of a criterion.
std::string place_of(const judge::Finding& finding) {
    return finding.source.line > 0 ? fmt::format(" ({})", finding.source.to_string()) : std::string();
}

std::string explain(const CaseRecord& record) {
    std::string text;
    for (const judge::Finding& finding : record.judgement.findings)
        if (finding.verdict != Verdict::pass)
            text += fmt::format("{}: expected {}; seen: {}{}\n", finding.id, finding.expected, finding.seen,
                                place_of(finding));
    return printable(text);
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

void add_case(pugi::xml_node suite, const CaseRecord& record) {
    pugi::xml_node node = suite.append_child("testcase");
    node.append_attribute("classname") = printable(record.scenario).c_str();
    node.append_attribute("name") = printable(run_name(record)).c_str();
    node.append_attribute("time") = seconds(record.run_time).c_str();
    const std::string explanation = explain(record);
    const auto child = [&](const char* kind, const std::string& message) {
        pugi::xml_node detail = node.append_child(kind);
        detail.append_attribute("message") = printable(message).c_str();
        return detail;
    };
    switch (record.verdict()) {
        case Verdict::fail: {
            pugi::xml_node detail = child("failure", first_line(explanation));
            detail.append_attribute("type") = "fail";
            detail.text() = explanation.c_str();
            break;
        }
        case Verdict::inconclusive:
        case Verdict::none:
        case Verdict::error: {
            pugi::xml_node detail = child("error", first_line(explanation));
            detail.append_attribute("type") = std::string(judge::to_string(record.verdict())).c_str();
            detail.text() = explanation.c_str();
            break;
        }
        case Verdict::skipped:
            child("skipped", record.skipped_because);
            break;
        case Verdict::pass:
            break;
    }
    std::string out = fmt::format("seed {}, run time {}, computed in {}\n", record.seed,
                                  human_duration(record.run_time), human_duration(record.wall_time));
    for (const judge::Measurement& measurement : record.judgement.measurements)
        out += fmt::format("{} {}\n", measurement.name,
                           measurement.value ? human_duration(*measurement.value) : "–");
    node.append_child("system-out").text() = printable(out).c_str();
}

void add_suite(pugi::xml_node root, const judge::RunRecord& run, const std::string& family,
               const std::vector<const CaseRecord*>& records) {
    int failures = 0, errors = 0, skipped = 0;
    std::chrono::nanoseconds time{};
    for (const CaseRecord* record : records) {
        time += record->run_time;
        switch (record->verdict()) {
            case Verdict::fail:
                ++failures;
                break;
            case Verdict::inconclusive:
            case Verdict::none:
            case Verdict::error:
                ++errors;
                break;
            case Verdict::skipped:
                ++skipped;
                break;
            case Verdict::pass:
                break;
        }
    }
    pugi::xml_node suite = root.append_child("testsuite");
    suite.append_attribute("name") = printable(family).c_str();
    suite.append_attribute("tests") = static_cast<int>(records.size());
    suite.append_attribute("failures") = failures;
    suite.append_attribute("errors") = errors;
    suite.append_attribute("skipped") = skipped;
    suite.append_attribute("time") = seconds(time).c_str();
    suite.append_attribute("timestamp") =
        fmt::format("{:%FT%T}", std::chrono::floor<std::chrono::seconds>(run.started)).c_str();
    suite.append_attribute("hostname") = printable(run.station).c_str();
    for (const CaseRecord* record : records) add_case(suite, *record);
}

/// Limits over the repetitions (p95): a suite of their own.
void add_repetitions(pugi::xml_node root, const std::vector<judge::Finding>& findings) {
    if (findings.empty()) return;
    pugi::xml_node suite = root.append_child("testsuite");
    suite.append_attribute("name") = "over repetitions";
    suite.append_attribute("tests") = static_cast<int>(findings.size());
    suite.append_attribute("failures") = static_cast<int>(std::ranges::count_if(
        findings, [](const judge::Finding& finding) { return finding.verdict != Verdict::pass; }));
    for (const judge::Finding& finding : findings) {
        pugi::xml_node node = suite.append_child("testcase");
        node.append_attribute("classname") = "over repetitions";
        node.append_attribute("name") = printable(finding.id).c_str();
        if (finding.verdict == Verdict::pass) continue;
        pugi::xml_node failure = node.append_child("failure");
        failure.append_attribute("message") = printable(finding.seen).c_str();
        failure.text() =
            printable(fmt::format("expected {}; seen: {}", finding.expected, finding.seen)).c_str();
    }
}

}  // namespace

std::string junit_xml(const judge::RunRecord& run) {
    std::map<std::string, std::vector<const CaseRecord*>> families;
    for (const CaseRecord& record : run.cases)
        families[std::string(family_of(record.scenario))].push_back(&record);
    pugi::xml_document document;
    pugi::xml_node declaration = document.append_child(pugi::node_declaration);
    declaration.append_attribute("version") = "1.0";
    declaration.append_attribute("encoding") = "UTF-8";
    pugi::xml_node root = document.append_child("testsuites");
    root.append_attribute("name") = "posbench";
    for (const auto& [family, records] : families) add_suite(root, run, family, records);
    add_repetitions(root, run.summary_findings);
    std::ostringstream out;
    document.save(out, "  ", pugi::format_default, pugi::encoding_utf8);
    return out.str();
}

}  // namespace posbench::reports
