#pragma once

#include <filesystem>
#include <string>

#include "bench/judge/record.hpp"
#include "reports/console.hpp"

/// The records of a run as files. Each function returns the whole text; write_records() puts them into a
/// folder.
namespace posbench::reports {

/// JUnit XML (GitLab, Jenkins junit-10.xsd): a suite a family, `failure` for a wrong terminal, `error` for a
/// broken bench, `skipped`.
std::string junit_xml(const judge::RunRecord& run);
/// results.json, versioned: run, cases, findings, measurements, ledger.
std::string results_json(const judge::RunRecord& run);
/// Prometheus text format 0.0.4 for node_exporter's textfile collector.
std::string prometheus_text(const judge::RunRecord& run);
/// One file that needs nothing else: filter, deep links, a sequence chart for each case over a band that
/// shows the impairment. @param tell what the chart says of each event
std::string html_report(const judge::RunRecord& run, Language language, const TellEvents& tell = tell_fields);

/// Writes report.html, junit.xml, results.json and metrics.prom, each by way of a temporary file and a
/// rename.
/// @throws std::system_error naming file and reason
void write_records(const judge::RunRecord& run, const std::filesystem::path& folder, Language language,
                   const TellEvents& tell = tell_fields);

}  // namespace posbench::reports
