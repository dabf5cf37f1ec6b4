#include "drivers/terminal/emulated/kernel/kernel.hpp"

#include <array>

#include <fmt/format.h>

#include "drivers/terminal/emulated/kernel/tags.hpp"

namespace posbench::terminal {

Kernel::Kernel(card::Reader& reader, Panel& panel, runtime::Clock& clock, runtime::Random& random,
               const TerminalSettings& settings)
    : reader_(reader),
      panel_(panel),
      clock_(clock),
      random_(random),
      settings_(settings),
      channel_(reader),
      report_(panel, clock, settings, tvr_) {}

void Kernel::begin(iso8583::TransactionType type, Amount amount, std::string_view stan,
                   const iso8583::CivilTime& now) {
    amount_ = amount;
    today_ = now.date;
    objects_.terminal = terminal_objects(settings_, type, amount, stan, now, random_);
    refresh_results();
}

/// Puts TVR and TSI as they are now among the terminal's objects.
void Kernel::refresh_results() {
    objects_.terminal.set(tag::tvr, tvr_.octets());
    objects_.terminal.set(tag::tsi, tsi_);
}

runtime::Task<ChipStep> Kernel::decide() {
    constexpr std::array steps{&Kernel::authenticate, &Kernel::restrict_processing,
                               &Kernel::verify_cardholder, &Kernel::manage_risk, &Kernel::first_cryptogram};
    for (const auto step : steps) {
        const ChipStep failure = co_await (this->*step)();
        if (failure) co_return failure;
    }
    co_return std::nullopt;
}

Bytes Kernel::field55() const {
    return request_data(objects_, decision_);
}

Bytes Kernel::field55_of_reversal() const {
    return reversal_data(objects_);
}

std::string Kernel::receipt_line() const {
    return fmt::format("AID:{} TVR:{} TSI:{} ATC:{} TC:{}", to_hex(selected_.aid), to_hex(tvr_.octets()),
                       to_hex(tsi_), to_hex(objects_.find(tag::atc)), to_hex(objects_.find(tag::cryptogram)));
}

}  // namespace posbench::terminal
