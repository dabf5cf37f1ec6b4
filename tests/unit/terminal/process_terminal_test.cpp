#include <unistd.h>

#include "bench/runtime/system.hpp"
#include "bench/trace/jsonl.hpp"
#include "drivers/terminal/process/driver.hpp"
#include "drivers/terminal/process/session.hpp"
#include "drivers/terminal/process/terminal.hpp"
#include "tests/unit/terminal/process_support.hpp"

using namespace posbench;
using namespace posbench::terminal::process;
using posbench::tests::read_file;
using posbench::tests::RealBench;
using trace::Kind;

namespace {

/// A card reader whose card answers every command with 9000, or, on hold, nothing at all.
class ScriptedReader final : public card::Reader {
  public:
    explicit ScriptedReader(runtime::Clock& clock) : clock_(clock) {}

    bool present() const noexcept override { return present_; }
    int in_field() const noexcept override { return cards; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override {
        co_await clock_.sleep_until(hold ? runtime::never : clock_.now());
        if (faulty) throw std::logic_error("the reader has a fault");
        if (!present_) co_return card::ReaderError::removed;
        co_return hex("3B00");
    }
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override {
        co_await clock_.yield();
        if (!present_) co_return card::ReaderError::removed;
        co_return hex("3B60 00 00");
    }
    runtime::Task<card::ReaderResult<Bytes>> activate() override {
        co_await clock_.yield();
        if (cards > 1) co_return card::ReaderError::collision;
        co_return hex("0578807002");
    }
    void power_down() noexcept override { ++power_downs; }
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override {
        commands.emplace_back(command.begin(), command.end());
        co_await clock_.yield();
        co_return hex("9000");
    }
    std::optional<card::Swipe> take_swipe() override { return std::exchange(swipe_, std::nullopt); }

    void insert() {
        present_ = true;
        changed_.notify_all();
    }
    void swipe(card::Swipe swipe) {
        swipe_ = std::move(swipe);
        changed_.notify_all();
    }

    std::vector<Bytes> commands;
    int power_downs = 0;
    int cards = 0;  ///< in the field
    bool hold = false;
    bool faulty = false;

  private:
    runtime::Clock& clock_;
    runtime::Condition changed_;
    bool present_ = false;
    std::optional<card::Swipe> swipe_;
};

/// A terminal program in shell: it takes the greeting, then does what the test asks. Its events are stamped
/// with the first instants of the run.
constexpr std::string_view greeted = "read hello; say() { echo \"$1\"; }\n";

std::string display(int t, std::string_view text) {
    return "say '{\"t\":" + std::to_string(t) + R"(,"kind":"terminal.display","text":")" + std::string(text) +
           "\"}'\n";
}

struct Rig {
    RealBench bench;
    ScriptedReader reader{bench.clock};
    std::unique_ptr<ProcessTerminal> terminal;

    explicit Rig(const std::string& body, bool with_reader = false)
        : terminal(std::make_unique<ProcessTerminal>(
              bench.context, bench.scratch.script("terminal.sh", std::string(greeted) + body),
              config::Value(), with_reader ? &reader : nullptr, runtime::Endpoint{"127.0.0.1", 1})) {}
    /// The sentence of the note that says how the program failed.
    std::string failure() {
        bench.wait_for(Kind::terminal_state, "state", "crashed");
        return std::string(bench.wait_for(Kind::bench_note, "severity", "error").text("text"));
    }
};

}  // namespace

TEST_CASE("power on starts the program and greets it; its events appear in the trace as it stamped them") {
    Rig rig("echo \"$hello\" >\"$0.hello\"\n" + display(1000, "READY") + "read end");
    CHECK_FALSE(rig.terminal->idle());
    rig.terminal->power_on();
    CHECK(rig.bench.find(Kind::terminal_power, "state", "on"));
    const trace::Event& shown = rig.bench.wait_for(Kind::terminal_display, "text", "READY");
    CHECK(runtime::to_ns(shown.at) == 1000);
    const std::string hello = read_file(rig.bench.scratch.path() / "terminal.sh.hello");
    CHECK_THAT(hello,
               Catch::Matchers::ContainsSubstring("\"message\":\"hello\",\"protocol\":3") &&
                   Catch::Matchers::ContainsSubstring("\"start_ns\":" +
                                                      std::to_string(rig.bench.clock.start_ns())) &&
                   Catch::Matchers::ContainsSubstring("\"host_address\":\"127.0.0.1\",\"host_port\":1"));
}

TEST_CASE("idle means: every input is acknowledged and nothing goes on") {
    Rig rig(
        "say '{\"message\":\"idle\",\"after\":0,\"idle\":true}'\n"
        "read key\n"
        "say '{\"message\":\"idle\",\"after\":0,\"idle\":true}'\n" +
        display(1, "between") +
        "read next\n"
        "say '{\"message\":\"idle\",\"after\":2,\"idle\":false}'\n"
        "say '{\"message\":\"idle\",\"after\":2,\"idle\":true}'\n" +
        display(2, "after") + "read end");
    rig.terminal->power_on();
    rig.bench.run_until([&] { return rig.terminal->idle(); });
    rig.terminal->press("sale");
    CHECK_FALSE(rig.terminal->idle());
    rig.bench.wait_for(Kind::terminal_display, "text", "between");
    CHECK_FALSE(rig.terminal->idle());
    rig.terminal->choose(terminal::Function::sign_in);
    rig.bench.wait_for(Kind::terminal_display, "text", "after");
    CHECK(rig.terminal->idle());
    rig.terminal->power_off();
    CHECK_FALSE(rig.terminal->idle());
}

TEST_CASE("a condition goes to the program, and to the next one in its settings; what it lacks is told") {
    Rig rig(
        "echo \"$hello\" >\"$0.hello\"\n"
        "read change\n"
        "echo \"$change\" >\"$0.change\"\n"
        "say '{\"message\":\"lacks\",\"what\":\"sim\"}'\nread end");
    rig.terminal->power_on();
    rig.terminal->condition(config::load_text("sim = 'absent'", "step"));
    const trace::Event& note = rig.bench.wait_for(Kind::bench_note, "severity", "stimulus");
    CHECK(note.text("text") == "the terminal program terminal.sh lacks sim");
    const std::filesystem::path folder = rig.bench.scratch.path();
    CHECK_THAT(read_file(folder / "terminal.sh.change"),
               Catch::Matchers::ContainsSubstring(R"("message":"condition")") &&
                   Catch::Matchers::ContainsSubstring(R"("change":{"sim":"absent"})"));
    rig.terminal->power_off();
    rig.terminal->condition(config::load_text("battery = 9", "step"));
    std::filesystem::remove(folder / "terminal.sh.hello");
    rig.terminal->power_on();
    rig.terminal->condition(config::load_text("mains = true", "step"));
    rig.bench.run_until([&] {
        return rig.bench.trace.events().back().text("severity") == "stimulus" &&
               std::filesystem::exists(folder / "terminal.sh.hello");
    });
    CHECK_THAT(read_file(folder / "terminal.sh.hello"),
               Catch::Matchers::ContainsSubstring(R"("condition":{"sim":"absent","battery":9})"));
}

TEST_CASE("a payment code goes to the program as an input; one that it says back is masked") {
    Rig rig(
        "say '{\"message\":\"idle\",\"after\":0,\"idle\":true}'\n"
        "read scan\n"
        "echo \"$scan\" >\"$0.scan\"\n"
        "say '{\"t\":1,\"kind\":\"terminal.scanned\",\"outcome\":\"read\","
        "\"payment_code\":\"621094800000001234\"}'\n"
        "say '{\"message\":\"idle\",\"after\":1,\"idle\":true}'\nread end");
    rig.terminal->scan("621094800000001234");  // without power: lost
    rig.terminal->power_on();
    rig.bench.run_until([&] { return rig.terminal->idle(); });
    rig.terminal->scan("621094800000001234");
    CHECK_FALSE(rig.terminal->idle());
    const trace::Event& scanned = rig.bench.wait_for(Kind::terminal_scanned, "outcome", "read");
    CHECK(scanned.text("payment_code") == "621094********1234");
    rig.bench.run_until([&] { return rig.terminal->idle(); });
    CHECK_THAT(
        read_file(rig.bench.scratch.path() / "terminal.sh.scan"),
        Catch::Matchers::ContainsSubstring(R"({"message":"scan","input":1,"code":"621094800000001234"})"));
}

TEST_CASE("a payment code that a program says in other words is masked, after a power cycle too") {
    const std::string code = "134567890123456783", shown = "134567********6783";  // no check digit holds
    Rig rig("read input\n" + display(1, "code " + code) + "say '{\"message\":\"lacks\",\"what\":\"" + code +
            "\"}'\nsay '{\"t\":2,\"kind\":\"terminal.fault\",\"what\":\"storage\",\"detail\":\"" + code +
            "\"}'\nread input; echo " + code + " >&2");
    for (const int power_cycle : {1, 2}) {
        INFO(power_cycle);
        rig.terminal->power_on();
        if (power_cycle == 1) {
            rig.terminal->scan(code);
        } else {
            rig.terminal->press("sale");
        }
        const std::size_t before = rig.bench.trace.events().size();
        rig.bench.run_until([&] {
            return rig.bench.trace.events().size() > before &&
                   rig.bench.trace.events().back().kind == Kind::terminal_fault;
        });
        rig.terminal->press("sale");
        rig.bench.run_until([&] { return rig.bench.trace.events().back().text("state") == "crashed"; });
        rig.terminal->power_off();
    }
    CHECK(rig.bench.find(Kind::terminal_display, "text", "code " + shown));
    CHECK(rig.bench.find(Kind::terminal_fault, "detail", shown));
    for (const trace::Event& event : rig.bench.trace.events()) {
        std::string line;
        trace::append_json(line, event);
        CHECK(line.find(code.substr(6, 8)) == std::string::npos);
    }
}

TEST_CASE("power off is SIGKILL; the flash file is the same at the next power on and gone at the end") {
    Rig rig(
        "flash=$(echo \"$hello\" | sed 's/.*\"flash\":\"\\([^\"]*\\)\".*/\\1/')\n"
        "echo boot >>\"$flash\"\n"
        "say '{\"t\":1,\"kind\":\"terminal.display\",\"text\":\"boots '$(wc -l <\"$flash\")'\"}'\n"
        "trap '' TERM INT; while read line; do :; done; sleep 600");
    rig.terminal->power_on();
    rig.bench.wait_for(Kind::terminal_display, "text", "boots 1");
    const auto held = runtime::ResourceJournal::orphans(rig.bench.journal.folder());
    CHECK(held.empty());  // its owner, this process, runs
    rig.terminal->power_off();
    CHECK(rig.bench.find(Kind::terminal_power, "state", "off"));
    CHECK(rig.bench.find(Kind::terminal_state, "state", "off"));
    rig.terminal->power_on();
    rig.bench.wait_for(Kind::terminal_display, "text", "boots 2");
    CHECK_FALSE(rig.bench.find(Kind::bench_note));

    rig.terminal.reset();
    const auto folder = rig.bench.journal.folder();
    for (const auto& left : std::filesystem::directory_iterator(folder)) {
        CHECK(left.path().extension() == ".journal");
        CHECK(left.file_size() == 0);
    }
}

TEST_CASE("what is taken is in the resource journal while it is held") {
    Rig rig("read end");
    rig.terminal->power_on();
    std::string journal;
    for (const auto& file : std::filesystem::directory_iterator(rig.bench.journal.folder()))
        if (file.path().extension() == ".journal") journal = read_file(file.path());
    CHECK_THAT(journal, Catch::Matchers::ContainsSubstring("\"kind\":\"folder\"") &&
                            Catch::Matchers::ContainsSubstring("\"kind\":\"process\""));
    CHECK_THAT(journal, !Catch::Matchers::ContainsSubstring("release"));
}

TEST_CASE("a program that ends by itself is a crash, and the note tells how and what it said") {
    Rig rig(display(1, "last") + "echo 'out of memory' >&2; exit 7");
    rig.terminal->power_on();
    CHECK(rig.failure() == "the terminal program terminal.sh exited with status 7, saying: out of memory");
    CHECK(rig.bench.find(Kind::terminal_display, "text", "last"));
    CHECK_FALSE(rig.terminal->idle());
    rig.terminal->press("sale");
    rig.terminal->power_off();
}

TEST_CASE("what a dying program said is printable in the note, and its PANs are masked") {
    Rig rig("printf '\\033[31mCARD 6210948000000011\\n\\377\\n' >&2; exit 7");
    rig.terminal->power_on();
    CHECK(rig.failure() ==
          "the terminal program terminal.sh exited with status 7, saying: \\x1B[31mCARD "
          "621094******0011\n\\xFF");
}

TEST_CASE("a program that breaks the protocol is stopped, and the note names line and reason") {
    const auto failure = [](const std::string& line) {
        Rig rig("say '{\"message\":\"ready\",\"program\":\"x\"}'\n" + line +
                "\nread end; read end; read end");
        rig.terminal->power_on();
        return rig.failure();
    };
    const std::string start = "the terminal program terminal.sh broke the protocol: ";
    CHECK(failure("say garbage") == start + "line 2: the line is not JSON");
    CHECK(failure("say '{\"message\":\"idle\",\"after\":1,\"idle\":true}'") ==
          start + "line 2: idle: 'after' names an input that was never given");
    CHECK(failure("say '{\"t\":9000000000000000000,\"kind\":\"terminal.display\",\"text\":\"\"}'") ==
          start + "line 2: an event from the future");
    CHECK(failure(display(5, "a") + display(4, "b")) ==
          start + "line 3: an event from before the one that came last");
    CHECK(failure("head -c 1048577 /dev/zero | tr '\\0' x") == start + "a line of more than 1048576 octets");
}

TEST_CASE("a PAN in the text of a foreign program does not reach the trace") {
    Rig rig(display(1, "CARD 6210948000000011") + "read end");
    rig.terminal->power_on();
    rig.bench.wait_for(Kind::terminal_display, "text", "CARD 621094******0011");
    Rig labelled(
        "say '{\"t\":1,\"kind\":\"terminal.printed\",\"copy\":\"merchant\",\"transaction\":\"sale\","
        "\"outcome\":\"approved\",\"pan\":\"6210948000000012\",\"rrn\":\"6210948000000011\","
        "\"text\":\"SALE\"}'\nread end");
    labelled.terminal->power_on();
    const trace::Event& printed = labelled.bench.wait_for(Kind::terminal_printed);
    CHECK(printed.text("pan") == "621094******0012");
    CHECK(printed.text("rrn") == "621094******0011");
}

TEST_CASE("what a program says at length is cut, and makes a line of the trace that is read again") {
    Rig rig("text=$(head -c 1000000 /dev/zero | tr '\\0' '\\177')\n" + display(1, "'\"$text\"'") +
            "read end");
    rig.terminal->power_on();
    const trace::Event& shown = rig.bench.wait_for(Kind::terminal_display);
    CHECK(shown.text("text") == std::string(65'536, '\x7F') + "…[cut: 1000000 octets]");
    std::string line;
    trace::append_json(line, shown);
    CHECK(trace::parse_json(line).has_value());
}

TEST_CASE("a program that never stops talking is stopped when its budget is spent") {
    const auto failure = [](Budget budget) {
        RealBench bench;
        const auto program = bench.scratch.script(
            "terminal.sh", std::string(greeted) + "while :; do\n" + display(1, "x") + "done");
        ScannedCodes codes;
        const Session session(bench.context, bench.clock, program, nullptr, Hello(), codes, budget);
        bench.wait_for(Kind::terminal_state, "state", "crashed");
        return std::string(bench.wait_for(Kind::bench_note, "severity", "error").text("text"));
    };
    const std::string start = "the terminal program terminal.sh broke the protocol: ";
    CHECK(failure(Budget(1000, 3)) == start + "line 4: said too much: more than 3 events");
    CHECK(failure(Budget(100, 3)) == start + "line 3: said too much: more than 100 octets");
}

TEST_CASE("card exchanges go to the card of the bench, and their answers come back") {
    Rig rig(
        "read card; say '{\"message\":\"card.power_up\",\"id\":1}'\n"
        "read atr; say '{\"message\":\"card.warm_reset\",\"id\":3}'\n"
        "read warm; say '{\"message\":\"card.transmit\",\"id\":2,\"command\":\"00A40400\"}'\n"
        "read answer; say '{\"message\":\"card.power_down\"}'\n"
        "echo \"$card$atr$warm$answer\" >\"$0.seen\"\n" +
            display(1, "done") + "read end",
        true);
    rig.reader.insert();
    rig.terminal->power_on();
    rig.bench.wait_for(Kind::terminal_display, "text", "done");
    const std::string seen = read_file(rig.bench.scratch.path() / "terminal.sh.seen");
    CHECK(seen ==
          "{\"message\":\"card.state\",\"present\":true}{\"message\":\"card.answer\",\"id\":1,"
          "\"data\":\"3B00\"}{\"message\":\"card.answer\",\"id\":3,\"data\":\"3B600000\"}"
          "{\"message\":\"card.answer\",\"id\":2,\"data\":\"9000\"}\n");
    CHECK(rig.reader.commands == std::vector<Bytes>{hex("00A40400")});
    CHECK(rig.reader.power_downs == 1);
    rig.terminal->power_off();
    CHECK(rig.reader.power_downs == 2);
}

TEST_CASE("a card in the field is told of and activated; two are a collision") {
    for (const auto& [cards, answer] :
         {std::pair(1, "\"data\":\"0578807002\"}"), std::pair(2, "\"error\":\"collision\"}")}) {
        Rig rig(
            "read card; say '{\"message\":\"card.activate\",\"id\":7}'\n"
            "read ats; echo \"$card$ats\" >\"$0.seen\"\n" +
                display(1, "done") + "read end",
            true);
        rig.reader.cards = cards;
        rig.terminal->power_on();
        rig.bench.wait_for(Kind::terminal_display, "text", "done");
        CHECK(read_file(rig.bench.scratch.path() / "terminal.sh.seen") ==
              "{\"message\":\"card.state\",\"present\":false,\"in_field\":" + std::to_string(cards) +
                  "}{\"message\":\"card.answer\",\"id\":7," + answer + "\n");
    }
}

TEST_CASE("what goes wrong in the bench while it serves the program comes out of the clock") {
    Rig rig("say '{\"message\":\"card.power_up\",\"id\":1}'\nread end", true);
    rig.reader.faulty = true;
    rig.terminal->power_on();
    CHECK_THROWS_WITH(rig.bench.run_until([] { return false; }), "the reader has a fault");
}

TEST_CASE("a swipe is passed on once; one from before power on was not seen") {
    Rig rig("read state; echo \"$state\" >\"$0.seen\"\n" + display(1, "done") + "read end", true);
    rig.reader.swipe({{9}, {9}, {9}});
    rig.terminal->power_on();
    rig.bench.clock.run_until([] { return true; });
    rig.reader.swipe({{}, {100, 200}, {}});
    rig.bench.wait_for(Kind::terminal_display, "text", "done");
    const std::string seen = read_file(rig.bench.scratch.path() / "terminal.sh.seen");
    CHECK(seen ==
          "{\"message\":\"card.state\",\"present\":false,\"swipe\":{\"track1\":[],\"track2\":[100,200],"
          "\"track3\":[]}}\n");
}

TEST_CASE("two card exchanges at once break the protocol; without a reader every card is removed") {
    Rig twice(
        "say '{\"message\":\"card.power_up\",\"id\":1}\n{\"message\":\"card.power_up\",\"id\":2}'\n"
        "read a; read b; read c",
        true);
    twice.reader.hold = true;
    twice.terminal->power_on();
    CHECK_THAT(twice.failure(),
               Catch::Matchers::ContainsSubstring("line 2: a card exchange while another is under way"));

    Rig none(
        "say '{\"message\":\"card.power_up\",\"id\":1}'; read answer\n"
        "case $answer in *removed*) " +
        display(1, "removed") + "esac; read end");
    none.terminal->power_on();
    none.bench.wait_for(Kind::terminal_display, "text", "removed");
}

TEST_CASE("a program that is not there fails at power on, by name") {
    RealBench bench;
    ProcessTerminal terminal(bench.context, "/nonexistent/terminal", config::Value(), nullptr,
                             {"127.0.0.1", 1});
    CHECK_THROWS_WITH(terminal.power_on(), Catch::Matchers::ContainsSubstring("/nonexistent/terminal"));
}

TEST_CASE("settings: the program must be an absolute path, and our own program's profile must hold") {
    CHECK_THROWS_WITH(prepare(config::load_text("program = \"emulator\"", "station")),
                      Catch::Matchers::ContainsSubstring("station:1:") &&
                          Catch::Matchers::ContainsSubstring("absolute path"));
    CHECK_THROWS_AS(prepare(config::load_text("no_such_key = 1", "station")), config::ConfigError);
    CHECK(prepare(config::load_text("program = \"/opt/emulator\"\nits_own_key = 1", "station")));
    CHECK(lacks(config::Value(), {}).empty());
}
