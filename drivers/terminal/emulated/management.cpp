#include "drivers/terminal/emulated/management.hpp"

#include <utility>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::string_view management_type = "00";                    // 60.1
constexpr std::string_view sign_off_code = "002", echo_code = "301";  // 60.3

/// One 0820 whose answer is 00 or tells why not.
Task<End> manage(std::string_view management, Text done, Panel& panel, Journal& journal, Online& online,
                 const TerminalSettings& settings) {
    const std::string stan = co_await journal.take_stan();
    iso8583::Message request =
        management_request(settings, "0820", management_type, management, journal.batch(), stan);
    const auto reply = co_await online.exchange(std::move(request), Link::Protection::none);
    if (!reply) {
        const OnlineFailure& failure = reply.error();
        co_return End{"failed", failure.reason, failure.text, failure.code};
    }
    const std::string code(reply->message.get(39));
    if (code != "00")
        co_return End{"declined", "host_code", std::string(say_code(code, panel.language())), code};
    co_return ended("approved", {}, done, panel.language());
}

}  // namespace

Task<End> sign_off(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::signing_off);
    End end = co_await manage(sign_off_code, Text::signed_off, panel, journal, online, settings);
    co_await online.require_sign_in();
    co_return end;
}

Task<End> test_line(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::testing_line);
    co_return co_await manage(echo_code, Text::line_works, panel, journal, online, settings);
}

}  // namespace posbench::terminal
