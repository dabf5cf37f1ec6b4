#include "bench/cli/host_arguments.hpp"

#include <CLI/CLI.hpp>

#include "bench/cli/argument_checks.hpp"
#include "bench/config/reader.hpp"

namespace posbench::cli {
namespace {

constexpr const char* profile_help =
    "Host profile: a name of fixtures/hosts (posbench list hosts), or a file";

void add_serve(CLI::App& host, HostServeArguments& serve) {
    CLI::App* command =
        host.add_subcommand("serve", "The acquirer on a TCP port, for terminals and other clients");
    command->add_option("--profile", serve.profile, profile_help)->capture_default_str();
    command->add_option("--listen", serve.listen, "Where connections are taken; port 0 is any free one")
        ->check(check_listen_address)
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    command->add_option("--rules", serve.rules, "Behaviour rules: a TOML file with 'rules'")
        ->type_name("FILE");
    command
        ->add_option("--recording", serve.recording,
                     "Answer transactions as the host did whose answers 'host proxy --record' kept here")
        ->type_name("FILE");
    command
        ->add_option("--connections", serve.connections,
                     "Served at once, more are reset (default: as the profile says)")
        ->check(CLI::Range(1, 4096));
    command->add_option("--seed", serve.seed, "Seed of keys, authorisation codes and what rules draw")
        ->check(check_seed)
        ->capture_default_str();
    command
        ->add_option("--log", serve.log,
                     "lines (one an event; above 100 in a second, the rest counted), seconds (a line each), "
                     "none")
        ->check(CLI::IsMember({"lines", "seconds", "none"}))
        ->capture_default_str();
    command->add_option("--trace", serve.trace, "Write the host's events to this file, as JSON Lines")
        ->type_name("FILE");
    command->add_option("--metrics", serve.metrics, "Serve /metrics for Prometheus: PORT or ADDRESS:PORT")
        ->check(check_metrics_endpoint)
        ->type_name("PORT");
    command->add_option("--json", serve.json, "Write the closing summary to this file too, as JSON")
        ->type_name("FILE");
    command->footer(
        "Many terminals at once, in real time; the log shows PANs masked. The profile says which terminals\n"
        "and accounts there are, and what the host takes for its answers ('processing').\n"
        "\n"
        "With --recording sign-in, echo, downloads and settlement are the host's own; a transaction has the\n"
        "answer of the first recorded one like it, after the same time, under a MAC of the keys in force, "
        "with\n"
        "today's date. Where nothing like it is left the answer is 96, and the log says what differs.\n"
        "\n"
        "Ends with SIGINT (exit code 130) or SIGTERM (143) and a summary: answers by code, how long they\n"
        "took, money by entry, whether the books balance. 2 for a profile or rules that do not hold, 3 for\n"
        "a port that is taken.\n"
        "\n"
        "Examples:\n"
        "  posbench host serve\n"
        "  posbench host serve --listen 0.0.0.0:8583 --rules night.toml --trace host.jsonl\n"
        "  posbench host serve --profile load --log seconds --metrics 9464\n"
        "  posbench host serve --recording friday.jsonl\n");
}

/// Text of a duration; the error text CLI11 wants otherwise.
std::string check_duration(const std::string& text) {
    const auto duration = config::parse_duration(text);
    const bool fits = duration && *duration > runtime::Duration(0) && *duration <= std::chrono::hours(24);
    return fits ? "" : "'" + text + "' is no duration such as 10s or 5min, at most 24h";
}

void add_load(CLI::App& host, HostLoadArguments& load) {
    CLI::App* command = host.add_subcommand("load", "Sales from many terminals, verified and measured");
    command->add_option("--connect", load.connect, "The host")
        ->check(check_address)
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    command->add_option("--profile", load.profile, profile_help)->capture_default_str();
    command
        ->add_option("--terminals,--connections", load.terminals,
                     "Terminals that work at once, with a connection each (default: all of the profile)")
        ->check(CLI::Range(1, 4096));
    command
        ->add_option("--rate", load.rate,
                     "Sales a second, evenly spaced, also when the host is late (default: each terminal its "
                     "next sale at once)")
        ->check(CLI::Range(1, 1'000'000));
    command->add_option("--sales", load.sales, "Ends after so many sales")
        ->check(CLI::Range(1, 100'000'000))
        ->capture_default_str();
    command->add_option("--for", load.length, "Ends after this time")
        ->check(check_duration)
        ->type_name("DURATION")
        ->capture_default_str();
    command->footer(
        "Terminals and accounts are those of the profile, which the host must have too. Each terminal signs\n"
        "in, then makes sales of 0.01 by stripe without PIN, one outstanding at a time, and verifies MAC,\n"
        "STAN, amount and code of each answer. With --rate the time of a sale runs from the instant at which "
        "it\n"
        "was due: what a host that stalls makes wait is in the figures. Each waits for its answer at most\n"
        "31 s, so the load may last so much longer than --for. The last line of figures says how much of a\n"
        "processor this client ran, and how long it was ready and had none: that time is in its quantiles\n"
        "too. To measure the host alone, give each of the two a core of its own, as below.\n"
        "\n"
        "Exit codes: 0 all approved, 1 a sale was not, 2 a profile that does not hold, 3 no connection or\n"
        "sign-in, 130/143 interrupted.\n"
        "\n"
        "Examples:\n"
        "  posbench host serve --profile load --log none &\n"
        "  posbench host load --rate 5000 --for 30s\n"
        "  posbench host load --terminals 8 --sales 100000\n"
        "  taskset -c 0 posbench host serve --profile load --log none &\n"
        "  taskset -c 1 posbench host load --rate 20000 --for 6s\n");
}

void add_proxy(CLI::App& host, HostProxyArguments& proxy) {
    CLI::App* command =
        host.add_subcommand("proxy", "Between terminals and somebody else's acquirer: pass on, tell, record");
    command->add_option("--upstream", proxy.upstream, "The acquirer")
        ->required()
        ->check(check_address)
        ->type_name("ADDRESS:PORT");
    command->add_option("--listen", proxy.listen, "Where terminals connect; port 0 is any free one")
        ->check(check_listen_address)
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    command
        ->add_option("--record", proxy.record,
                     "Keep each request with its answer in this new file, as JSON Lines without card data")
        ->type_name("FILE");
    command
        ->add_option("--dialect", proxy.dialect,
                     "In which they talk: a name of fixtures/hosts/dialects, or a file")
        ->capture_default_str();
    command->footer(
        "Every octet is passed on as it comes, also what is no message; that is told and counted.\n"
        "A line tells each request with its answer. PANs are shown by their first six and last\n"
        "four digits, and so they are recorded; tracks, PIN blocks and keys are neither shown nor recorded.\n"
        "\n"
        "'posbench host serve --recording FILE' then answers as the acquirer did.\n"
        "\n"
        "Ends with SIGINT (exit code 130) or SIGTERM (143). 2 for a file that is there already, 3 for a "
        "port\n"
        "that is taken.\n"
        "\n"
        "Examples:\n"
        "  posbench host proxy --upstream 192.0.2.7:8583 --listen 0.0.0.0:8583 --record friday.jsonl\n"
        "  posbench host serve --listen 127.0.0.1:9000 & posbench host proxy --upstream 127.0.0.1:9000\n");
}

}  // namespace

void add_host(CLI::App& app, HostArguments& arguments) {
    CLI::App* host =
        app.add_subcommand("host", "The acquirer host by itself: serve it, load it; or pass on to another");
    host->require_subcommand(1);
    host->footer("posbench host COMMAND --help tells more of each, with examples.\n");
    add_serve(*host, arguments.serve);
    add_load(*host, arguments.load);
    add_proxy(*host, arguments.proxy);
}

Command chosen_host_command(const CLI::App& host, const HostArguments& arguments) {
    const std::string name = host.get_subcommands().front()->get_name();
    if (name == "load") return arguments.load;
    if (name == "proxy") return arguments.proxy;
    return arguments.serve;
}

}  // namespace posbench::cli
