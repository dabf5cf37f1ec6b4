#include "reports/files.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

namespace posbench::reports {
namespace {

/// Readers (a scraper, a browser) see the old file or the new one, never half of one.
void replace_file(const std::filesystem::path& path, const std::string& content) {
    const std::filesystem::path part = path.string() + ".part";
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    out.close();
    if (!out) throw std::system_error(errno, std::generic_category(), "cannot write " + part.string());
    std::filesystem::rename(part, path);
}

}  // namespace

void write_records(const judge::RunRecord& run, const std::filesystem::path& folder, Language language,
                   const TellEvents& tell) {
    std::filesystem::create_directories(folder);
    replace_file(folder / "results.json", results_json(run));
    replace_file(folder / "junit.xml", junit_xml(run));
    replace_file(folder / "metrics.prom", prometheus_text(run));
    replace_file(folder / "report.html", html_report(run, language, tell));
}

}  // namespace posbench::reports
