#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

#include "bench/cli/arguments.hpp"
#include "bench/cli/colour.hpp"
#include "bench/cli/commands.hpp"
#include "bench/cli/select.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/overloaded.hpp"
#include "bench/runtime/utf8.hpp"

namespace {

using namespace posbench;

reports::ConsoleOptions console_options(const cli::Arguments& arguments) {
    reports::ConsoleOptions options;
    options.language = arguments.language;
    const bool terminal = isatty(STDOUT_FILENO) == 1;
    options.progress = terminal;
    options.colour =
        cli::wants_colour(arguments.colour, terminal, std::getenv("NO_COLOR"), std::getenv("TERM"));
    winsize size{};
    if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40)
        options.width = size.ws_col;
    return options;
}

int dispatch(const cli::Arguments& arguments) {
    const cli::Surroundings here{arguments.line, console_options(arguments)};
    return std::visit(
        runtime::Overloaded{
            [&](const cli::RunArguments& run) { return cli::run(run, here); },
            [&](const cli::ListArguments& list) { return cli::list(list, here); },
            [&](const cli::ShowArguments& show) { return cli::show(show, here); },
            [&](const cli::ValidateArguments& validate) { return cli::validate(validate, here); },
            [&](const cli::JudgeArguments& judge) { return cli::judge_trace(judge, here); },
            [&](const cli::SchemaArguments&) { return cli::schema(); },
            [&](const cli::DoctorArguments& doctor) { return cli::doctor(doctor, here); },
            [&](const cli::CardShowArguments& show) { return cli::card_show(show, here); },
            [&](const cli::CardApduArguments& apdu) { return cli::card_apdu(apdu, here); },
            [&](const cli::CardServeArguments& serve) { return cli::card_serve(serve, here); },
            [&](const cli::CardImportArguments& log) { return cli::card_import(log, here); },
            [&](const cli::KeysGenerateArguments& generate) { return cli::keys_generate(generate); },
            [&](const cli::KeysShowArguments& show) { return cli::keys_show(show); },
            [&](const cli::KeysCapkArguments& capk) { return cli::keys_capk(capk); },
            [&](const cli::Iso8583DecodeArguments& decode) { return cli::iso8583_decode(decode, here); },
            [&](const cli::Iso8583EncodeArguments& encode) { return cli::iso8583_encode(encode); },
            [&](const cli::HostServeArguments& serve) { return cli::host_serve(serve, here); },
            [&](const cli::HostLoadArguments& load) { return cli::host_load(load, here); },
            [&](const cli::HostProxyArguments& proxy) { return cli::host_proxy(proxy, here); },
            [&](const cli::VersionArguments&) {
                std::cout << "posbench " << cli::version() << '\n';
                return judge::exit_code::passed;
            },
        },
        arguments.command);
}

/// The command's exit code; what it throws is said on standard error.
int run_command(int argc, char** argv) {
    try {
        const auto parsed = cli::parse(argc, argv);
        if (const int* code = std::get_if<int>(&parsed)) return *code;
        return dispatch(std::get<cli::Arguments>(parsed));
    } catch (const cli::InvalidFiles& invalid) {
        std::cerr << "posbench: nothing was run: " << invalid.count
                  << (invalid.count == 1 ? " error\n" : " errors\n");
        return judge::exit_code::usage;
    } catch (const config::ConfigError& error) {
        std::cerr << runtime::printable(error.what()) << '\n';
        return judge::exit_code::usage;
    } catch (const std::exception& error) {
        std::cerr << "posbench: " << runtime::printable(error.what()) << '\n';
        return judge::exit_code::bench_error;
    }
}

/// What was printed is an answer like the exit code: without it nothing passed. An interruption stays one.
int with_output_checked(int code) {
    if (std::cout.flush()) return code;
    std::cerr << "posbench: standard output could not be written: what was printed is incomplete\n";
    return code > 128 ? code : judge::exit_code::bench_error;
}

}  // namespace

int main(int argc, char** argv) {
    // A reader that goes away (posbench … | head) must not end a run before its records are written.
    std::signal(SIGPIPE, SIG_IGN);
    return with_output_checked(run_command(argc, argv));
}
