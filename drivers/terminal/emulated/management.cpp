#include "drivers/terminal/emulated/management.hpp"

#include <utility>

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::string_view management_type = "00";                    // 60.1
constexpr std::string_view sign_off_code = "002", echo_code = "301";  // 60.3

}  // namespace

Task<Result<iso8583::Message, End>> ask_management(std::string_view function, Bytes field62, Panel& panel,
                                                   Journal& journal, Online& online,
                                                   const TerminalSettings& settings) {
    const std::string stan = co_await journal.take_stan();
    iso8583::Message request =
        management_request(settings, "0820", management_type, function, journal.batch(), stan);
    if (!field62.empty()) request.set(62, field62);
    auto reply = co_await online.exchange(std::move(request), Link::Protection::none);
    if (!reply) {
        const OnlineFailure& failure = reply.error();
        co_return End{"failed", failure.reason, failure.text, failure.code};
    }
    const std::string code(reply->message.get(39));
    if (code != "00")
        co_return End{"declined", "host_code", std::string(say_code(code, panel.language())), code};
    co_return std::move(reply->message);
}

Task<End> sign_off(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::signing_off);
    const auto answer = co_await ask_management(sign_off_code, {}, panel, journal, online, settings);
    co_await online.require_sign_in();
    if (!answer) co_return answer.error();
    co_return ended("approved", {}, Text::signed_off, panel.language());
}

Task<End> test_line(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::testing_line);
    const auto answer = co_await ask_management(echo_code, {}, panel, journal, online, settings);
    if (!answer) co_return answer.error();
    co_return ended("approved", {}, Text::line_works, panel.language());
}

}  // namespace posbench::terminal
