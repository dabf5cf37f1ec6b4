#include "bench/cli/arguments.hpp"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <map>

#include <CLI/CLI.hpp>

#include "bench/cli/argument_checks.hpp"
#include "bench/cli/card_arguments.hpp"
#include "bench/cli/did_you_mean.hpp"
#include "bench/cli/host_arguments.hpp"
#include "bench/cli/iso8583_arguments.hpp"
#include "bench/cli/keys_arguments.hpp"
#include "bench/cli/recorded_line.hpp"
#include "bench/judge/verdict.hpp"
#include "bench/runtime/utf8.hpp"

namespace posbench::cli {
namespace {

constexpr const char* about =
    "posbench: the test bench that payment terminals are judged by.\n"
    "\n"
    "Puts a terminal between a programmable card, an acquirer host and an impaired network,\n"
    "replays what merchants complain about, and says whether the terminal behaved, whether\n"
    "money was lost, and how long each phase took.\n";

constexpr const char* examples =
    "Examples:\n"
    "  posbench run scenarios                       replay the library in virtual time\n"
    "  posbench run scenarios/card --tag nightly    only one family, only one tag\n"
    "  posbench run scenarios --only 'host.*' --repeat 100 --seed 7\n"
    "  posbench run scenarios --station emulated-loopback --jobs 8\n"
    "  posbench show posbench-report/traces/card.chip-sale.jsonl\n"
    "  posbench judge posbench-report/traces/card.chip-sale.jsonl\n"
    "  posbench validate my-scenario.toml\n"
    "  posbench card show unionpay-credit           what is on a programmable card\n"
    "  posbench card serve unionpay-credit          the card in a PC/SC reader\n"
    "  posbench keys generate -o my-pki.toml        keys of a test PKI\n"
    "  posbench iso8583 decode -i dump.txt          the fields of a message\n"
    "  posbench host serve                          the acquirer on a TCP port\n"
    "\n"
    "Exit codes: 0 all passed, 1 a terminal failed, 2 bad usage or an invalid file,\n"
    "3 the bench is broken, 4 nothing ran or nothing could be said, 130/143 interrupted.\n"
    "\n"
    "posbench COMMAND --help tells more of each command.\n";

void add_selection(CLI::App& command, Selection& selection) {
    command.add_option("PATH", selection.paths,
                       "Scenario files or folders (default: the scenarios of this installation)");
    command.add_option("--tag", selection.tags, "Only scenarios with this tag; may be repeated")
        ->type_name("TAG");
    command
        .add_option("--only", selection.only,
                    "Only cases whose identifier matches this glob; may be repeated")
        ->type_name("GLOB");
    command
        .add_option("--set", selection.overrides,
                    "Override a key under [given] of every scenario, as TOML: "
                    "terminal.defects='[\"forgets-reversal\"]'")
        ->type_name("PATH=VALUE");
    command
        .add_option("--station", selection.station,
                    "Station to run on: a name of fixtures/stations, or a file")
        ->capture_default_str();
}

void add_run(CLI::App& app, RunArguments& run) {
    CLI::App* command = app.add_subcommand("run", "Replay scenarios and judge them");
    add_selection(*command, run.selection);
    command->add_option("--seed", run.seed, "Seed of all randomness: the same seed gives the same traces")
        ->check(check_seed)
        ->capture_default_str();
    command->add_option("--repeat", run.repeat, "Run every case this many times")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    command->add_option("--jobs,-j", run.jobs, "Cases at a time (default: one a processor; one in real time)")
        ->check(CLI::Range(1, 256));
    auto* report =
        command
            ->add_option("--report", run.report,
                         "Folder for report.html, junit.xml, results.json, metrics.prom and traces/")
            ->capture_default_str();
    command->add_flag("--no-report", run.no_report, "Write no files")->excludes(report);
    command
        ->add_option("--metrics-port", run.metrics,
                     "Serve /metrics for Prometheus while running: PORT or ADDRESS:PORT")
        ->check(check_metrics_endpoint)
        ->type_name("PORT");
    command->add_flag("--quiet,-q", run.quiet, "Show failures and the totals only");
    command->footer(
        "Examples:\n"
        "  posbench run scenarios --seed 7 --report /tmp/tonight\n"
        "  posbench run scenarios/network --set 'terminal.defects=[\"forgets-reversal\"]'\n");
}

void add_list(CLI::App& app, ListArguments& list) {
    CLI::App* command =
        app.add_subcommand("list", "List scenarios, stations, fixtures, verbs or event kinds");
    command
        ->add_option("WHAT", list.what,
                     "scenarios, stations, cards, hosts, dialects, terminals, networks, verbs, events")
        ->check(CLI::IsMember({"scenarios", "stations", "cards", "hosts", "dialects", "terminals", "networks",
                               "verbs", "events"}))
        ->capture_default_str();
    command->add_option("--path", list.selection.paths, "Scenario files or folders");
    command->add_option("--tag", list.selection.tags, "Only scenarios with this tag");
    command->footer("Examples:\n  posbench list\n  posbench list --tag money\n  posbench list cards\n");
}

void add_small_commands(CLI::App& app, ShowArguments& show, ValidateArguments& validate,
                        JudgeArguments& judge, DoctorArguments& doctor) {
    CLI::App* show_command =
        app.add_subcommand("show", "Print a stored trace (.jsonl) or a scenario (.toml) for people");
    show_command->add_option("FILE", show.file, "Trace or scenario")->required();
    show_command->footer(
        "Example:\n  posbench show posbench-report/traces/network.cut-after-authorisation.jsonl\n");

    CLI::App* validate_command =
        app.add_subcommand("validate", "Check scenarios and what they refer to, without running");
    add_selection(*validate_command, validate.selection);
    validate_command->footer("Example:\n  posbench validate scenarios my-scenario.toml\n");

    CLI::App* judge_command = app.add_subcommand("judge", "Judge a stored trace again");
    judge_command->add_option("TRACE", judge.trace, "A trace (.jsonl)")->required();
    judge_command->add_option("--scenario", judge.scenario,
                              "Judge by this scenario's criteria instead of those in the trace");
    judge_command->footer("Example:\n  posbench judge posbench-report/traces/card.chip-sale.jsonl\n");

    app.add_subcommand("schema", "Print the JSON Schema of scenario files, for editors");

    CLI::App* doctor_command =
        app.add_subcommand("doctor", "Check this machine, and what a killed bench left behind");
    doctor_command->add_flag("--repair", doctor.repair, "Undo what a killed bench left behind");

    app.add_subcommand("version", "Print the version");
}

}  // namespace

std::variant<Arguments, int> parse(int argc, const char* const* argv) {
    CLI::App app(about);
    app.name("posbench");
    app.footer(examples);
    app.require_subcommand(1);
    app.fallthrough();
    Arguments arguments;
    app.add_option("--lang", arguments.language,
                   "Language of titles and of the headings of reports: en, zh; findings, events "
                   "and errors are in English")
        ->transform(CLI::CheckedTransformer(std::map<std::string, reports::Language>{
            {"en", reports::Language::en}, {"zh", reports::Language::zh}}))
        ->default_str("en");
    app.add_option("--color", arguments.colour, "auto, always, never")
        ->check(CLI::IsMember({"auto", "always", "never"}))
        ->capture_default_str();

    RunArguments run;
    ListArguments list;
    ShowArguments show;
    ValidateArguments validate;
    JudgeArguments judge;
    DoctorArguments doctor;
    add_run(app, run);
    add_list(app, list);
    add_small_commands(app, show, validate, judge, doctor);
    CardArguments card;
    add_card(app, card);
    KeysArguments keys;
    add_keys(app, keys);
    Iso8583Arguments iso8583;
    add_iso8583(app, iso8583);
    HostArguments host;
    add_host(app, host);

    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const std::string misspelt =
            error.get_exit_code() == 0 ? "" : did_you_mean(app, {argv + std::min(argc, 1), argv + argc});
        if (misspelt.empty())
            return app.exit(error) == 0 ? posbench::judge::exit_code::passed
                                        : posbench::judge::exit_code::usage;
        std::cerr << "posbench: " << runtime::printable(misspelt)
                  << "\nRun with --help for more information.\n";
        return posbench::judge::exit_code::usage;
    }
    const std::map<std::string, Command> commands{{"run", run},       {"list", list},
                                                  {"show", show},     {"validate", validate},
                                                  {"judge", judge},   {"schema", SchemaArguments{}},
                                                  {"doctor", doctor}, {"version", VersionArguments{}}};
    const CLI::App* chosen = app.get_subcommands().front();
    const std::string name = chosen->get_name();
    if (name == "card")
        arguments.command = chosen_card_command(*chosen, card);
    else if (name == "keys")
        arguments.command = chosen_keys_command(*chosen, keys);
    else if (name == "iso8583")
        arguments.command = chosen_iso8583_command(*chosen, iso8583);
    else if (name == "host")
        arguments.command = chosen_host_command(*chosen, host);
    else
        arguments.command = commands.at(name);
    arguments.line = recorded_line(argc, argv);
    return arguments;
}

}  // namespace posbench::cli
