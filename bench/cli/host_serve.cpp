#include <iostream>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "bench/cli/argument_checks.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/host_log.hpp"
#include "bench/cli/host_summary.hpp"
#include "bench/cli/new_file.hpp"
#include "bench/config/reader.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/runtime/signals.hpp"
#include "bench/station/station.hpp"
#include "bench/trace/jsonl.hpp"
#include "drivers/registry.hpp"
#include "reports/host_metrics.hpp"

namespace posbench::cli {
namespace {

using trace::Kind;
using namespace std::chrono_literals;

config::Value profile_of(const HostServeArguments& arguments) {
    auto settings = station::load_one_fixture(station::find_library(), "hosts", arguments.profile,
                                              station::Keys::resolved);
    if (!arguments.recording.empty())
        config::at_path(settings, "recording") =
            config::Value(config::Value::Data(arguments.recording.string()));
    if (arguments.connections > 0)
        config::at_path(settings, "connections") =
            config::Value(config::Value::Data(std::int64_t{arguments.connections}));
    return settings;
}

/// The `rules` of a file that has nothing else.
config::Value rules_of(const std::filesystem::path& file) {
    const config::Value document = config::load_file(file);
    config::Reader reader(document, "rules file");
    const config::Value* rules = reader.raw("rules");
    if (!rules) reader.missing("rules");
    reader.finish();
    return *rules;
}

/// Everything that is told of the host while it serves.
class Watch {
  public:
    Watch(const runtime::Clock& clock, const host::Host& host, const HostServeArguments& arguments,
          bool colour)
        : figures_(host.figures()),
          log_(clock, host.totals().debits.currency(), detail_of(arguments.log), colour) {
        if (!arguments.metrics.empty()) metrics_.emplace(arguments.metrics);
    }

    bool wants_events() const noexcept { return log_.wants_events() || metrics_; }
    void event(const trace::Event& event) {
        if (log_.wants_events()) log_.event(event, figures_);
        if (metrics_) count(event);
    }
    runtime::Task<void> each_second(runtime::Clock& clock) {
        for (;;) {
            co_await clock.sleep_for(1s);
            log_.second();
        }
    }
    /// What the log has not told yet.
    void end() { log_.second(); }
    std::string metrics_words() const {
        return metrics_ ? fmt::format(", /metrics on port {}", metrics_->port()) : "";
    }

  private:
    static HostLog::Detail detail_of(const std::string& word) {
        if (word == "none") return HostLog::Detail::none;
        return word == "seconds" ? HostLog::Detail::seconds : HostLog::Detail::lines;
    }

    void count(const trace::Event& event) {
        switch (event.kind) {
            case Kind::host_connected:
            case Kind::host_disconnected:
                return metrics_->connections(figures_.open);
            case Kind::host_request:
                return metrics_->request();
            case Kind::host_response:
                return metrics_->answer(std::string(event.text("mti")), std::string(event.text("code")),
                                        figures_.last_took);
            case Kind::host_posted:
                return metrics_->posted(std::string(event.text("entry")),
                                        event.integer("amount").value_or(0));
            case Kind::host_order:
                return metrics_->order(std::string(event.text("state")));
            case Kind::host_rejected:
                return metrics_->rejected();
            case Kind::host_rule:
                return metrics_->rule();
            default:
                return;
        }
    }

    const host::Figures& figures_;
    HostLog log_;
    std::optional<reports::HostMetrics> metrics_;
};

std::string recording_words(const HostServeArguments& arguments) {
    return arguments.recording.empty() ? ""
                                       : fmt::format(", answering from {}", arguments.recording.string());
}

drivers::MakeHost acquirer(const config::Value& settings) {
    for (const auto& driver : drivers::host_drivers())
        if (driver.name == "acquirer") return driver.prepare(settings);
    throw std::logic_error("no host 'acquirer' in the registry");
}

}  // namespace

int host_serve(const HostServeArguments& arguments, const Surroundings& here) {
    if (!arguments.json.empty())
        if (const std::string refused = refuses_new_file(arguments.json, Existing::replaced);
            !refused.empty())
            throw config::ConfigError({}, refused);
    const auto make_host = acquirer(profile_of(arguments));
    std::optional<config::Value> rules;
    if (!arguments.rules.empty()) rules = rules_of(arguments.rules);

    std::stop_source stop;
    const runtime::SignalWatch signals(stop);
    runtime::RealClock clock(stop.get_token());
    std::optional<trace::JsonlWriter> writer;
    if (!arguments.trace.empty()) writer.emplace(arguments.trace, true);
    trace::Recorder recorder(clock, writer ? &*writer : nullptr);
    runtime::ResourceJournal resources;
    drivers::Context context{clock, recorder, resources, runtime::Random(arguments.seed)};
    const auto listener = runtime::make_tcp_listener(clock, endpoint_of(arguments.listen));
    const auto host = make_host(context, *listener);
    if (rules) host->add_rules(*rules);

    Watch watch(clock, *host, arguments, here.console.colour);
    recorder.keep_none();
    if (watch.wants_events()) recorder.observe([&](const trace::Event& event) { watch.event(event); });
    std::cout << fmt::format("serving {} on {}{}{}", arguments.profile, listener->endpoint().to_string(),
                             recording_words(arguments), watch.metrics_words())
              << std::endl;
    host->start();
    {
        const runtime::Job seconds(clock, watch.each_second(clock));
        clock.run_until([] { return false; });
    }
    const runtime::Duration served = clock.now().time_since_epoch();
    host->stop();
    watch.end();
    if (writer) writer->flush();
    std::cout << summary(host->figures(), host->totals(), served);
    if (!arguments.json.empty())
        write_new_file(arguments.json, summary_json(host->figures(), host->totals(), served), true,
                       Readers::all);
    return 128 + signals.received();
}

}  // namespace posbench::cli
