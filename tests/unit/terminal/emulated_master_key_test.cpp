// The master key, loaded by its two components at the keypad.

#include <fmt/format.h>

#include "drivers/terminal/emulated/keys.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/terminal/device_rig.hpp"
#include "tests/unit/terminal/emulated_rig.hpp"

using namespace posbench;
using namespace posbench::terminal::testing;
using terminal::Function;
using trace::Kind;

namespace {

// CA5D92598DCA48CE8A4C76361A9269E9, under which the scripted host hands out its keys, is one exclusive-or the
// other; check values by openssl:
//   head -c 8 /dev/zero | openssl enc -des-ede -nopad -K 0123456789ABCDEFFEDCBA9876543210 | xxd -p -u
constexpr std::string_view first = "0123456789ABCDEFFEDCBA9876543210", first_check = "08D7B4FB";
constexpr std::string_view second = "CB7ED73E046185217490CCAE6CC65BF9", second_check = "D9A2A44F";
constexpr std::string_view key_check = "43C6CCCB";

/// The keys of a keypad for hexadecimal digits.
std::string keys_of(std::string_view digits) {
    std::string keys;
    for (const char digit : digits) {
        if (digit >= 'A') {
            keys += digit <= 'C' ? "2" : "3";
            for (char letter = digit <= 'C' ? 'A' : 'D'; letter <= digit; ++letter) keys += " alpha";
        } else {
            keys += digit;
        }
        keys += ' ';
    }
    return keys;
}

/// What was asked for last.
std::string_view asked(const Scene& rig) {
    return rig.last(Kind::terminal_prompt).text("what");
}

/// Types a component, and takes its check value for right.
void type(Scene& rig, std::string_view component) {
    rig.press(keys_of(component) + "confirm");
    REQUIRE(asked(rig) == "confirm");
    rig.press("confirm");
}

/// Chooses the function and types both, each confirmed with its check value.
void load(Scene& rig, std::string_view one, std::string_view other) {
    rig.start(Function::master_key, {});
    REQUIRE(rig.until_prompt_or_idle("key_component_1"));
    type(rig, one);
    REQUIRE(asked(rig) == "key_component_2");
    type(rig, other);
    rig.until_idle();
}

}  // namespace

TEST_CASE("without a master key nothing is asked of the host, and the display says what is missing") {
    Rig rig("tmk = ''");
    rig.until_idle();
    CHECK(rig.host.requests.empty());
    CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "failed");
    CHECK(rig.shown("请先装载主密钥"));
    rig.start_sale();
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "sign_in");
    CHECK(rig.last(Kind::terminal_outcome).text("text") == "请先装载主密钥");
    CHECK(rig.host.requests.empty());
}

TEST_CASE("a master key is loaded by two components, each with its check value; then the terminal sells") {
    Rig rig("tmk = ''");
    rig.until_idle();
    load(rig, first, second);
    CHECK(rig.last(Kind::terminal_outcome).text("transaction") == "master_key");
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
    for (const std::string_view check : {first_check, second_check})
        CHECK(rig.shown(fmt::format("校验值\n{}", check)));
    CHECK(rig.last(Kind::terminal_outcome).text("text") ==
          fmt::format("主密钥装载成功\n校验值 {}", key_check));
    rig.chip_sale();
    CHECK(rig.book() == 1234);

    rig.power_off();
    rig.power_on();
    rig.until_idle();
    rig.chip_sale();
    CHECK(rig.book() == 2468);
}

TEST_CASE("of the components nothing is shown, printed or told") {
    Rig rig("tmk = ''");
    rig.until_idle();
    load(rig, first, second);
    for (const trace::Event& event : rig.trace.events()) {
        if (event.kind == Kind::terminal_key) {
            const std::string_view key = event.text("key");
            CHECK((key == "*" || key == "confirm"));
        }
        for (const trace::Field& field : event.fields)
            if (const auto* text = std::get_if<std::string>(&field.value))
                for (const std::string_view secret : {first, second})
                    for (std::size_t at = 0; at + 6 <= secret.size(); ++at)
                        CHECK(text->find(secret.substr(at, 6)) == std::string::npos);
    }
}

TEST_CASE("letters stand on 2 and 3 and come round; alpha does nothing to another digit, nor to none") {
    Rig rig("tmk = ''");
    rig.until_idle();
    rig.start(Function::master_key, {});
    REQUIRE(rig.until_prompt_or_idle("key_component_1"));
    // 0 to 9 with a wrong turn and back, A to F, twice; the first key is alpha, and one digit is too many.
    const std::string once =
        "0 1 alpha 2 alpha alpha alpha alpha 3 alpha alpha alpha alpha 4 5 6 7 8 9 alpha "
        "2 alpha 2 alpha alpha 2 alpha alpha alpha 3 alpha 3 alpha alpha 3 alpha alpha alpha ";
    const std::string component = "0123456789ABCDEF0123456789ABCDEF";
    rig.press("alpha 7 clear " + once + once + "7 confirm");
    REQUIRE(asked(rig) == "confirm");
    CHECK(rig.shown("校验值\n" + to_hex(crypto::key_check_value(hex(component)))));
    rig.press("cancel");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "cancelled");
}

TEST_CASE("what is too short is not taken, and a key of one half twice is refused") {
    Rig rig;
    rig.chip_sale();
    rig.start(Function::master_key, {});
    REQUIRE(rig.until_prompt_or_idle("key_component_1"));
    rig.press(keys_of(first.substr(1)) + "confirm");
    CHECK(asked(rig) == "key_component_1");
    rig.until_idle();  // nobody types on
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_input");

    for (const std::string_view other : {first, std::string_view("FEDCBA98765432100123456789ABCDEF")}) {
        load(rig, first, other);
        CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "failed");
        CHECK(rig.last(Kind::terminal_outcome).text("reason") == "key_check");
        CHECK(rig.shown("主密钥无效"));
    }
    // What was in force still is, the working keys too.
    rig.chip_sale();
    CHECK(rig.book() == 2468);
    CHECK(rig.host.count("0800") == 1);
}

TEST_CASE(
    "under a master key that is not the host's no working key holds its check value, and nothing is sold") {
    Rig rig;
    rig.chip_sale();
    load(rig, first, "00000000000000000000000000000001");
    rig.start_sale();
    rig.reader.swipe(good_track);
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == "bad_keys");
    CHECK(rig.shown("下载工作密钥失败"));
    CHECK(rig.host.count("0200") == 1);
    load(rig, first, second);
    rig.chip_sale();
    CHECK(rig.book() == 2468);
}

TEST_CASE("where somebody works, a supervisor's password comes before the components") {
    Rig rig(
        "account = [{ number = '01', password = '1111' }, { number = '99', password = '9999', supervisor = "
        "true }]");
    rig.start(Function::login, {{"operator", "01"}, {"password", "1111"}});
    rig.until_idle();
    rig.start(Function::master_key, {});
    REQUIRE(rig.until_prompt_or_idle("password"));
    rig.press("1 1 1 1 confirm");
    rig.until_idle();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "login");
    rig.start(Function::master_key, {{"password", "9999"}});
    CHECK(rig.until_prompt_or_idle("key_component_1"));
}

TEST_CASE(
    "a power cut at any moment of loading leaves the old master key with its working keys, or the new one") {
    int before = 0, after = 0;
    for (std::uint64_t steps = 1; steps < 10'000; steps += 2) {
        Rig rig;
        rig.until_idle();
        rig.start(Function::master_key, {});
        REQUIRE(rig.until_prompt_or_idle("key_component_1"));
        type(rig, first);
        rig.press(keys_of("00000000000000000000000000000001") + "confirm");
        REQUIRE(asked(rig) == "confirm");
        rig.application->press("confirm");
        const bool within = rig.run_steps(steps);
        rig.power_off();
        const auto state = rig.flash.read("state").value();
        const bool keys_left = std::string(state.begin(), state.end()).find("keys=\n") == std::string::npos;
        INFO("cut after " << steps << " steps");
        CHECK(keys_left == !rig.flash.read("master_key"));
        ++(keys_left ? before : after);
        rig.power_on();
        rig.until_idle();
        CHECK(rig.all(Kind::terminal_fault).empty());
        CHECK(rig.last(Kind::terminal_sign_in).text("outcome") == (keys_left ? "done" : "bad_keys"));
        if (!within) break;
    }
    CHECK(before > 0);
    CHECK(after > 0);
}

TEST_CASE("a master key of another length in the flash is damage, and a case that was opened erases it") {
    MachineRig rig("tmk = ''");
    rig.until_idle();
    load(rig, first, second);
    rig.chip_sale();
    CHECK(rig.book() == 1234);
    rig.set("tamper = true");
    CHECK_FALSE(rig.flash.read("master_key"));
    rig.set("tamper = false");
    rig.until_idle();
    CHECK(rig.shown("请先装载主密钥"));

    Rig damaged;
    damaged.until_idle();
    damaged.power_off();
    damaged.flash.write({{"master_key", hex(first.substr(2))}});
    damaged.power_on();
    damaged.until_idle();
    CHECK(damaged.last(Kind::terminal_fault).text("detail") == "master_key");

    Rig heedless("defects = ['accepts-corrupt-journal']");
    heedless.until_idle();
    heedless.power_off();
    heedless.flash.write({{"master_key", hex(first.substr(2))}});
    heedless.power_on();
    heedless.until_idle();
    CHECK(heedless.all(Kind::terminal_fault).empty());
}
