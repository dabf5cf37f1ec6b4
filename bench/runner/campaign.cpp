#include "bench/runner/campaign.hpp"

#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "bench/runner/run_case.hpp"
#include "bench/runtime/random.hpp"

namespace posbench::runner {
namespace {

/// The work list of one campaign and the slots its results go to.
class Campaign {
  public:
    Campaign(const std::vector<station::BoundCase>& cases, const CampaignOptions& options,
             const std::function<void(const judge::CaseRecord&)>& done)
        : cases_(cases),
          options_(options),
          done_(done),
          records_(cases.size() * static_cast<std::size_t>(options.repeat)) {}

    std::vector<judge::CaseRecord> run() {
        {
            std::vector<std::jthread> workers;
            for (int i = 1; i < options_.jobs; ++i) workers.emplace_back([this] { work(); });
            work();
        }
        if (failure_) std::rethrow_exception(failure_);
        std::vector<judge::CaseRecord> finished;
        for (auto& record : records_)
            if (record) finished.push_back(std::move(*record));
        return finished;
    }

  private:
    void work() {
        try {
            for (;;) {
                const std::size_t index = next_.fetch_add(1);
                if (index >= records_.size() || options_.stop.stop_requested()) return;
                records_[index] = run_one(index);
                const std::lock_guard lock(reporting_);
                if (failure_) return;
                done_(*records_[index]);
                settle(index);
            }
        } catch (...) {
            const std::lock_guard lock(reporting_);
            if (!failure_) failure_ = std::current_exception();
        }
    }

    /// Keeps the first run of each case whole and the first few that did not pass, whatever the order in
    /// which they ended; abridges the others.
    void settle(std::size_t index) {
        const auto repeat = static_cast<std::size_t>(options_.repeat);
        if (index % repeat == 0) return;
        const judge::Verdict verdict = records_[index]->verdict();
        std::size_t dropped = index;
        if (verdict != judge::Verdict::pass && verdict != judge::Verdict::skipped) {
            std::set<std::size_t>& kept = failures_[index / repeat];
            kept.insert(index);
            if (kept.size() <= judge::most_whole_failures) return;
            dropped = *kept.rbegin();
            kept.erase(dropped);
        }
        judge::abridge(*records_[dropped]);
    }

    judge::CaseRecord run_one(std::size_t index) const {
        const station::BoundCase& bound = cases_[index / static_cast<std::size_t>(options_.repeat)];
        CaseOptions options;
        options.version = options_.version;
        options.run_seed = options_.seed;
        options.repetition = static_cast<int>(index % static_cast<std::size_t>(options_.repeat)) + 1;
        options.stop = options_.stop;
        if (!options_.trace_folder.empty())
            options.trace_file = options_.trace_folder / trace_file_name(bound.source.id, options.repetition);
        return run_case(bound, options);
    }

    const std::vector<station::BoundCase>& cases_;
    const CampaignOptions& options_;
    const std::function<void(const judge::CaseRecord&)>& done_;
    std::vector<std::optional<judge::CaseRecord>> records_;
    std::map<std::size_t, std::set<std::size_t>> failures_;  ///< by case: runs that did not pass, kept whole
    std::atomic<std::size_t> next_{0};
    std::mutex reporting_;
    std::exception_ptr failure_;
};

}  // namespace

std::vector<judge::CaseRecord> run_campaign(const std::vector<station::BoundCase>& cases,
                                            const CampaignOptions& options,
                                            const std::function<void(const judge::CaseRecord&)>& done) {
    return Campaign(cases, options, done).run();
}

std::vector<judge::NotBegun> not_begun(const std::vector<station::BoundCase>& cases, int repeat,
                                       const std::vector<judge::CaseRecord>& records) {
    std::map<std::string_view, int> runs;
    for (const judge::CaseRecord& record : records) ++runs[record.case_id];
    std::vector<judge::NotBegun> missing;
    for (const station::BoundCase& bound : cases)
        if (const int begun = runs[bound.source.id]; begun < repeat)
            missing.push_back({bound.source.id, repeat - begun});
    return missing;
}

std::string trace_file_name(std::string_view case_id, int repetition) {
    constexpr std::size_t longest = 180;  // octets; file systems allow 255
    std::string name;
    for (const char& c : case_id) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '.' || c == '-' || c == '=' || c == '_' || c == ',';
        if (c == ']' && &c == &case_id.back()) continue;
        name += plain      ? std::string(1, c)
                : c == '[' ? "~"
                           : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    if (name.size() > longest)
        name = fmt::format("{}+{:016x}", name.substr(0, longest), runtime::hash64(case_id));
    return repetition == 1 ? name + ".jsonl" : fmt::format("{}#{}.jsonl", name, repetition);
}

}  // namespace posbench::runner
