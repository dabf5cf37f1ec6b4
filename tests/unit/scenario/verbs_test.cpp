#include "bench/scenario/verbs.hpp"

#include <set>

#include "bench/trace/vocabulary.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace posbench::scenario;

TEST_CASE("every verb but wait begins with its role, or with the code of a customer's phone", "[scenario]") {
    const std::set<std::string_view> roles{"terminal", "card", "host", "network", "power", "code"};
    std::set<std::string_view> names;
    for (const VerbSpec& verb : verbs()) {
        CAPTURE(verb.name);
        CHECK(names.insert(verb.name).second);
        CHECK(find_verb(verb.name) == &verb);
        CHECK_FALSE(verb.meaning.empty());
        if (verb.name != "wait") CHECK(roles.contains(verb.name.substr(0, verb.name.find('.'))));
    }
    CHECK(find_verb("terminal") == nullptr);
    CHECK(verb_names().size() == verbs().size());
}

TEST_CASE("no argument of a verb hides a key of the step itself", "[scenario]") {
    for (const VerbSpec& verb : verbs())
        for (const ArgSpec& arg : verb.args)
            for (std::string_view own : {"do", "on", "wait", "after", "timeout"}) CHECK(arg.name != own);
}

TEST_CASE("a card can be tapped alone or with another one behind it", "[scenario]") {
    const auto refusal = [](std::string_view args) -> std::string {
        try {
            check_arguments(*find_verb("card.tap"), config::load_text(args, "step"));
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(refusal("") == "accepted");
    CHECK(refusal("cards = 1") == "accepted");
    CHECK(refusal("cards = 2") == "accepted");
    CHECK(refusal("cards = 3") == "step:1:9: cards must be between 1 and 2, not 3");
    CHECK(refusal("cards = '2'").starts_with("step:1:9: cards must be an integer"));
    CHECK(refusal("card = 2") == "step:1:1: unknown key 'card' in card.tap (did you mean 'cards'?)");
}

TEST_CASE("a customer scans a code with a wallet that is named", "[scenario]") {
    const auto refusal = [](std::string_view args) -> std::string {
        try {
            check_arguments(*find_verb("code.scan"), config::load_text(args, "step"));
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(refusal("wallet = 'prompt'") == "accepted");
    CHECK(refusal("wallet = 'prompt'\ncode = 'https://pay.example/a'") == "accepted");
    CHECK_FALSE(refusal("") == "accepted");
    CHECK_FALSE(refusal("wallet = 1") == "accepted");
    CHECK_FALSE(refusal("wallet = 'prompt'\npurse = 'x'") == "accepted");
}

TEST_CASE("words and choices have something to choose from", "[scenario]") {
    for (const VerbSpec& verb : verbs())
        for (const ArgSpec& arg : verb.args)
            CHECK((arg.type == ArgType::choice || arg.type == ArgType::words) == !arg.choices.empty());
}

TEST_CASE("terminal.start takes a function of the menu, and answers of their form", "[scenario]") {
    const auto refusal = [](std::string_view args) -> std::string {
        try {
            check_arguments(*find_verb("terminal.start"), config::load_text(args, "step"));
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(refusal("transaction = 'void'\noriginal = 'last'") == "accepted");
    CHECK(refusal("transaction = 'void'\noriginal = '000002'") == "accepted");
    CHECK(refusal("transaction = 'refund'\namount = '1.00'\ndate = '0615'\npassword = '1234'") == "accepted");
    CHECK(refusal("transaction = 'viod'").find("(did you mean 'void'?)") != std::string::npos);
    CHECK_FALSE(refusal("amount = '1.00'") == "accepted");
    for (const char* original : {"2", "0000002", "first", ""})
        CHECK(refusal("transaction = 'void'\noriginal = '" + std::string(original) + "'")
                  .find("must be 'last' or a STAN of six digits") != std::string::npos);
    CHECK_FALSE(refusal("transaction = 'void'\npassword = 'abc'") == "accepted");
}

TEST_CASE("a code before the terminal's scanner is a short printable text, which no message repeats") {
    const auto refusal = [](const std::string& code) -> std::string {
        config::Value args(config::Table{});
        args.get<config::Table>()->set("code", config::Value(code));
        try {
            check_arguments(*find_verb("terminal.scan"), args);
        } catch (const config::ConfigError& error) {
            return error.what();
        }
        return "accepted";
    };
    CHECK(refusal("6220000000000000001") == "accepted");
    CHECK(refusal(std::string(64, '~')) == "accepted");
    for (const std::string& bad : {std::string(), std::string(65, '6'), std::string("62200000\n00000001"),
                                   std::string("付款码6220000000000000001")}) {
        CHECK(refusal(bad).find("must be 1 to 64 printable ASCII characters") != std::string::npos);
        CHECK(refusal(bad).find("6220") == std::string::npos);
    }
}
