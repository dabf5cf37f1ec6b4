#include "tests/unit/terminal/kernel_rig.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "drivers/protocols/emv/tlv.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/card/fixtures.hpp"

namespace posbench::terminal::testing {

using trace::Kind;

PanelRig::PanelRig(std::string_view terminal_overrides)
    : profile(settings(terminal_overrides)),
      clock(std::chrono::sys_days(std::chrono::year(2026) / 6 / 15) + 10h),
      trace(clock),
      panel(clock, trace, device, *profile),
      typing_([this] { press_next(); }) {
    trace.observe([this](const trace::Event& event) {
        if (event.kind != Kind::terminal_prompt) return;
        waiting_ = event.text("what");
        clock.arm(typing_, clock.now() + 1s);
    });
}

void PanelRig::press_next() {
    const auto press = [this](std::string_view key) {
        panel.offer({Input::What::key, find_key(key).value()});
    };
    if (waiting_ == "pin" && pins_used_ < pins.size()) {
        const std::string& pin = pins[pins_used_++];
        if (pin != "cancel")
            for (std::size_t i = 0; i < pin.size(); ++i) press(std::string_view(pin).substr(i, 1));
        press(pin == "cancel" ? "cancel" : "confirm");
    } else if (waiting_ == "confirm" && choices_used_ < choices.size()) {
        press(choices[choices_used_++]);
    }
}

std::vector<const trace::Event*> PanelRig::all(Kind kind) const {
    std::vector<const trace::Event*> found;
    for (const trace::Event& event : trace.events())
        if (event.kind == kind) found.push_back(&event);
    return found;
}

int PanelRig::prompts(std::string_view what) const {
    const auto found = all(Kind::terminal_prompt);
    return static_cast<int>(
        std::ranges::count_if(found, [&](const trace::Event* event) { return event->text("what") == what; }));
}

bool PanelRig::shown(std::string_view text) const {
    const auto found = all(Kind::terminal_display);
    return std::ranges::any_of(found, [&](const trace::Event* event) {
        return event->text("text").find(text) != std::string_view::npos;
    });
}

std::vector<std::string> PanelRig::commands() const {
    std::vector<std::string> names;
    for (const trace::Event* event : all(Kind::card_apdu)) names.emplace_back(event->text("command"));
    return names;
}

int PanelRig::count_commands(std::string_view name) const {
    const auto names = commands();
    return static_cast<int>(std::ranges::count(names, name));
}

std::string PanelRig::step(std::string_view name) const {
    std::string outcome;
    for (const trace::Event* event : all(Kind::terminal_chip))
        if (event->text("step") == name) outcome = event->text("outcome");
    return outcome;
}

std::string PanelRig::detail(std::string_view step_name) const {
    std::string said;
    for (const trace::Event* event : all(Kind::terminal_chip))
        if (event->text("step") == step_name) said = event->text("detail");
    return said;
}

namespace {

template <class T>
T wait_for(runtime::VirtualClock& clock, runtime::Task<T> task) {
    std::optional<T> end;
    const auto conduct = [&]() -> runtime::Task<void> { end = co_await std::move(task); };
    const runtime::Job job(clock, conduct());
    clock.run_until([&] { return end.has_value(); });
    return end.value();
}

std::string object_of(ByteView field55, emv::Tag tag) {
    emv::TlvMap objects;
    objects.absorb(emv::parse_tlv(field55).value());
    return to_hex(objects.get(tag));
}

}  // namespace

KernelRig::KernelRig(const std::string& card_image, std::string_view card_overrides,
                     std::string_view terminal_overrides, std::uint64_t seed)
    : PanelRig(terminal_overrides), context_{clock, trace, resources_, runtime::Random(seed)}, random_(seed) {
    card = card::prepare(test::card_settings(card_image, card_overrides))(context_);
    card->insert(card::Card::How::chip);
}

ChipStep KernelRig::run(std::int64_t minor) {
    static constexpr std::array steps{&Kernel::reset,
                                      &Kernel::select_application,
                                      &Kernel::initiate,
                                      &Kernel::read_data,
                                      &Kernel::authenticate,
                                      &Kernel::restrict_processing,
                                      &Kernel::verify_cardholder,
                                      &Kernel::manage_risk,
                                      &Kernel::first_cryptogram};
    kernel_.reset();
    kernel_ = std::make_unique<Kernel>(*card->reader(), panel, clock, random_, *profile);
    kernel_->begin(iso8583::TransactionType::sale, Amount(minor, cny), fmt::format("{:06}", ++stan_),
                   iso8583::CivilTime(clock.wall_now()));
    if (log) kernel_->use_log(log);
    std::optional<ChipStep> end;
    const auto conduct = [this, &end]() -> runtime::Task<void> {
        for (const auto next : steps) {
            const ChipStep failure = co_await (kernel_.get()->*next)();
            if (!failure) continue;
            end = failure;
            co_return;
        }
        end = ChipStep();
    };
    const runtime::Job job(clock, conduct());
    clock.run_until([&] { return end.has_value(); });
    return end.value_or(ChipFailure{"failed", "hung"});
}

ChipStep KernelRig::complete(HostDecision decision) {
    return wait_for(clock, kernel_->complete(std::move(decision)));
}

ChipStep KernelRig::complete_without_host() {
    return wait_for(clock, kernel_->complete_without_host());
}

std::string KernelRig::object(emv::Tag tag) const {
    return object_of(kernel_->field55(), tag);
}

FieldKernelRig::FieldKernelRig(const std::string& card_image, std::string_view card_overrides,
                               std::string_view terminal_overrides)
    : PanelRig(terminal_overrides), context_{clock, trace, resources_, runtime::Random(1)} {
    card = card::prepare(test::card_settings(card_image, card_overrides))(context_);
}

bool FieldKernelRig::begin(std::int64_t minor, iso8583::TransactionType type) {
    kernel_.reset();
    kernel_ = std::make_unique<ContactlessKernel>(*card->reader(), panel, clock, random_, *profile);
    kernel_->begin(type, Amount(minor, cny), fmt::format("{:06}", ++stan_),
                   iso8583::CivilTime(clock.wall_now()));
    return ContactlessKernel::allowed(*profile, Amount(minor, cny));
}

Tap FieldKernelRig::tap(card::Card::Field field) {
    card->tap(field);
    const Tap end = wait_for(clock, kernel_->tap());
    card->remove();
    return end;
}

ChipStep FieldKernelRig::verify_cardholder() {
    return wait_for(clock, kernel_->verify_cardholder());
}

ChipStep FieldKernelRig::decide() {
    return wait_for(clock, kernel_->decide());
}

ChipStep FieldKernelRig::complete(HostDecision decision) {
    return wait_for(clock, kernel_->complete(std::move(decision)));
}

ChipStep FieldKernelRig::complete_without_host() {
    return wait_for(clock, kernel_->complete_without_host());
}

std::string FieldKernelRig::object(emv::Tag tag) const {
    return object_of(kernel_->field55(), tag);
}

std::string reason(const ChipStep& step) {
    return step ? std::string(step->reason) : std::string();
}

}  // namespace posbench::terminal::testing
