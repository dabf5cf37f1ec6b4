#include "drivers/terminal/emulated/management.hpp"

#include <utility>

#include "drivers/terminal/emulated/parameters.hpp"

namespace posbench::terminal {
namespace {

using runtime::Task;

constexpr std::string_view management_type = "00";                                             // 60.1
constexpr std::string_view sign_off_code = "002", echo_code = "301", parameters_code = "360";  // 60.3

/// One 0820, and its answer when that is 00.
Task<Result<iso8583::Message, End>> ask(std::string_view management, Panel& panel, Journal& journal,
                                        Online& online, const TerminalSettings& settings) {
    const std::string stan = co_await journal.take_stan();
    iso8583::Message request =
        management_request(settings, "0820", management_type, management, journal.batch(), stan);
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

}  // namespace

Task<End> sign_off(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::signing_off);
    const auto answer = co_await ask(sign_off_code, panel, journal, online, settings);
    co_await online.require_sign_in();
    if (!answer) co_return answer.error();
    co_return ended("approved", {}, Text::signed_off, panel.language());
}

Task<End> test_line(Panel& panel, Journal& journal, Online& online, const TerminalSettings& settings) {
    co_await panel.show(Text::testing_line);
    const auto answer = co_await ask(echo_code, panel, journal, online, settings);
    if (!answer) co_return answer.error();
    co_return ended("approved", {}, Text::line_works, panel.language());
}

Task<End> download_parameters(Panel& panel, Journal& journal, Online& online, TerminalSettings& settings) {
    co_await panel.enter(State::downloading);
    co_await panel.show(Text::downloading);
    const auto answer = co_await ask(parameters_code, panel, journal, online, settings);
    if (!answer) co_return answer.error();
    const ByteView field62 = answer->bytes(62);
    TerminalSettings changed = settings;
    if (!apply_parameters(field62, changed))
        co_return ended("failed", "bad_reply", Text::download_failed, panel.language());
    co_await journal.store_parameters(Bytes(field62.begin(), field62.end()));
    settings = std::move(changed);
    if (online.requirement() == Requirement::parameters) online.met_requirement();
    co_return ended("approved", {}, Text::downloaded, panel.language());
}

}  // namespace posbench::terminal
