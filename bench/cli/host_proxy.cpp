#include <fstream>
#include <iostream>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "bench/cli/argument_checks.hpp"
#include "bench/cli/card_print.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/load_dialect.hpp"
#include "bench/cli/new_file.hpp"
#include "bench/runtime/job.hpp"
#include "bench/runtime/plural.hpp"
#include "bench/runtime/real_clock.hpp"
#include "bench/runtime/real_stream.hpp"
#include "bench/runtime/signals.hpp"
#include "drivers/host/recording/relay.hpp"
#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::cli {
namespace {

/// What passes, told on standard output and kept line by line, so that a killed proxy leaves what it heard.
class Passed {
  public:
    Passed(const runtime::Clock& clock, const std::filesystem::path& file, bool colour)
        : clock_(clock), colour_(colour) {
        if (file.empty()) return;
        if (const std::string refused = refuses_new_file(file, Existing::kept); !refused.empty())
            throw config::ConfigError({}, refused);
        file_.emplace(file);
        if (!*file_) throw std::system_error(errno, std::generic_category(), "writing " + file.string());
    }

    void exchange(const host::RecordedExchange& one) {
        ++exchanges_;
        if (!one.reply) ++unanswered_;
        const bool good = one.reply && iso8583::approves(one.reply->get(39));
        say(one.connection, words_of(one), !good);
        if (!file_) return;
        *file_ << host::to_line(one) << std::endl;
        if (!*file_) throw std::system_error(errno, std::generic_category(), "writing the recording");
    }
    void note(std::int64_t connection, const std::string& what) { say(connection, what, false); }

    std::string summary() const {
        return fmt::format("{} passed, {} without an answer\n", runtime::counted(exchanges_, "exchange"),
                           unanswered_);
    }

  private:
    static std::string words_of(const host::RecordedExchange& one) {
        const host::KeptMessage& request = one.request;
        std::string text =
            fmt::format("{} STAN {} terminal {}", request.mti, request.get(11), request.get(41));
        if (!request.get(4).empty()) text += fmt::format(" amount {}", request.get(4));
        if (!request.pan.empty()) text += " " + request.pan;
        if (!one.reply) return text + (one.closed ? ": no answer, the acquirer hung up" : ": no answer");
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(one.took).count();
        return text + fmt::format(": {} code {} after {} ms", one.reply->mti, one.reply->get(39), took);
    }
    void say(std::int64_t connection, const std::string& text, bool bad) const {
        const double at = std::chrono::duration<double>(clock_.now().time_since_epoch()).count();
        std::cout << fmt::format("{:10.3f}  {:>4}  {}\n", at, connection,
                                 bad ? in_ink(Ink::bad, text, colour_) : text)
                  << std::flush;
    }

    const runtime::Clock& clock_;
    bool colour_;
    std::optional<std::ofstream> file_;
    std::size_t exchanges_ = 0, unanswered_ = 0;
};

}  // namespace

int host_proxy(const HostProxyArguments& arguments, const Surroundings& here) {
    const iso8583::Dialect dialect = load_dialect(arguments.dialect);
    std::stop_source stop;
    const runtime::SignalWatch signals(stop);
    runtime::RealClock clock(stop.get_token());
    Passed told(clock, arguments.record, here.console.colour);
    const auto listener = runtime::make_tcp_listener(clock, endpoint_of(arguments.listen));
    const auto connector = runtime::make_tcp_connector(clock);
    host::Relay relay(
        clock, *listener, *connector, endpoint_of(arguments.upstream), dialect,
        {[&](const host::RecordedExchange& one) { told.exchange(one); },
         [&](std::int64_t connection, const std::string& what) { told.note(connection, what); }},
        {});
    std::cout << fmt::format("passing {} on to {}", listener->endpoint().to_string(), arguments.upstream)
              << std::endl;
    {
        const runtime::Job running(clock, relay.run());
        clock.run_until([] { return false; });
        relay.stop();
    }
    std::cout << told.summary();
    return 128 + signals.received();
}

}  // namespace posbench::cli
