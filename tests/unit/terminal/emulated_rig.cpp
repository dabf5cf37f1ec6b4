#include "tests/unit/terminal/emulated_rig.hpp"

#include <algorithm>
#include <utility>

#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

namespace posbench::terminal::testing {

using trace::Kind;

config::Value pki_file(const std::string& name) {
    return config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/keys/" + name + ".toml");
}

std::shared_ptr<const TerminalSettings> settings(std::string_view overrides) {
    static const config::Value countertop =
        config::load_file(std::string(POSBENCH_SOURCE_DIR) + "/fixtures/terminals/countertop.toml");
    config::Value profile = countertop;
    config::at_path(profile, "dialect") = tests::dialect_table("unionpay-pos");
    config::merge(profile, config::load_text("tmk = 'CA5D92598DCA48CE8A4C76361A9269E9'", "keys"));
    static const config::Value rsa = pki_file("test-pki"), sm2 = pki_file("test-pki-sm2");
    for (config::Value& key : *profile.get<config::Table>()->find("authority_key")->get<config::Array>()) {
        config::Table& table = *key.get<config::Table>();
        const config::Value& pki =
            table.find("key")->get<std::string>()->find("sm2") == std::string::npos ? rsa : sm2;
        table.set("key", *pki.get<config::Table>()->find("authority_public"));
    }
    config::merge(profile, config::load_text(overrides, "overrides"));
    return read_settings(profile);
}

Scene::Scene()
    : clock(std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h), trace(clock), host(clock) {}

Rig::Rig(std::string_view overrides, std::uint64_t seed) : settings_(settings(overrides)), seed_(seed) {
    power_on();
}

void Rig::power_on() {
    Hardware hardware{
        clock, trace, device, &reader, host, {"10.0.0.2", 40001}, flash, runtime::Random(seed_)};
    application = std::make_unique<Application>(std::move(hardware), *settings_);
    job_ = runtime::Job(clock, application->run());
}

void Rig::power_off() {
    job_.cancel();
    application.reset();
}

void Scene::until_idle() {
    clock.run_until([this] { return idle() || ended(); });
    REQUIRE(idle());
}

bool Scene::until(Kind kind, const std::function<bool(const trace::Event&)>& condition) {
    std::size_t seen = trace.events().size();
    bool found = false;
    clock.run_until([&] {
        for (; seen < trace.events().size(); ++seen)
            if (trace.events()[seen].kind == kind && condition(trace.events()[seen])) found = true;
        return found || ended();
    });
    return found;
}

bool Scene::until_prompt(std::string_view what) {
    return until(Kind::terminal_prompt,
                 [what](const trace::Event& event) { return event.text("what") == what; });
}

void Scene::run_for(runtime::Duration duration) {
    runtime::CallbackTimer timer([] {});
    clock.arm(timer, clock.now() + duration);
    clock.run_until([&] { return !timer.armed(); });
}

bool Scene::run_steps(std::uint64_t steps) {
    const std::uint64_t end = clock.events() + steps;
    clock.run_until([&] {
        const bool asked = trace.events().back().text("what") == "remove_card";
        if (asked && reader.present()) reader.remove();
        return clock.events() >= end || idle();
    });
    return !idle();
}

void Scene::press(std::string_view keys) {
    while (!keys.empty()) {
        const std::string_view key = keys.substr(0, keys.find(' '));
        push(key);
        run_for(150ms);
        keys.remove_prefix(std::min(key.size() + 1, keys.size()));
    }
}

void Scene::start(Function function,
                  std::initializer_list<std::pair<std::string_view, std::string_view>> answers) {
    until_idle();
    choose(function);
    for (const auto& [prompt, digits] : answers) {
        REQUIRE(until_prompt(prompt));
        for (std::size_t i = 0; i < digits.size(); ++i) press(digits.substr(i, 1));
        push("confirm");
    }
}

bool Scene::until_prompt_or_idle(std::string_view what) {
    std::size_t seen = trace.events().size();
    bool asked = false;
    clock.run_until([&] {
        for (; seen < trace.events().size(); ++seen)
            if (trace.events()[seen].kind == Kind::terminal_prompt &&
                trace.events()[seen].text("what") == what)
                asked = true;
        return asked || idle() || ended();
    });
    return asked;
}

void Scene::start_sale(std::string_view minor) {
    until_idle();
    push("sale");
    REQUIRE(until_prompt("amount"));
    for (std::size_t i = 0; i < minor.size(); ++i) press(minor.substr(i, 1));
    push("confirm");
    REQUIRE(until_prompt("card"));
}

void Scene::stripe_sale() {
    start_sale();
    reader.swipe(good_track);
    REQUIRE(until_prompt("pin"));
    press("confirm");
    until_idle();
}

void Scene::chip_sale() {
    start_sale();
    reader.insert();
    const bool asked = until(Kind::terminal_prompt,
                             [](const trace::Event& event) { return event.text("what") == "remove_card"; });
    if (asked) reader.remove();
    until_idle();
}

std::vector<const trace::Event*> Scene::all(Kind kind) const {
    std::vector<const trace::Event*> found;
    for (const trace::Event& event : trace.events())
        if (event.kind == kind) found.push_back(&event);
    return found;
}

const trace::Event& Scene::last(Kind kind) const {
    const auto found = all(kind);
    REQUIRE(!found.empty());
    return *found.back();
}

int Scene::count(Kind kind, std::string_view field, std::string_view value) const {
    const auto found = all(kind);
    return static_cast<int>(
        std::ranges::count_if(found, [&](const trace::Event* event) { return event->text(field) == value; }));
}

bool Scene::shown(std::string_view text) const {
    const auto displays = all(Kind::terminal_display);
    return std::ranges::any_of(displays, [&](const trace::Event* event) {
        return event->text("text").find(text) != std::string_view::npos;
    });
}

std::int64_t Scene::book() const {
    std::int64_t sum = 0;
    for (const trace::Event* event : all(Kind::terminal_journal))
        if (event->text("entry") == "sale" && event->text("state") == "approved")
            sum += event->integer("amount").value_or(0);
    return sum;
}

std::int64_t Scene::journal_book() const {
    std::int64_t sum = 0;
    for (const trace::Event* event : all(Kind::terminal_journal)) {
        if (event->text("op") == "delete" || event->text("state") != "approved") continue;
        const std::string_view entry = event->text("entry");
        const bool gives = entry == "void" || entry == "refund" || entry == "completion_void";
        sum += (gives ? -1 : 1) * event->integer("amount").value_or(0);
    }
    return sum;
}

bool Scene::reversal_pending() const {
    bool pending = false;
    for (const trace::Event* event : all(Kind::terminal_journal)) {
        if (event->text("entry") != "reversal") continue;
        if (event->text("op") == "store") pending = true;
        if (event->text("op") == "delete") pending = false;
    }
    return pending;
}

}  // namespace posbench::terminal::testing
