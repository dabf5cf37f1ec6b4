#include <algorithm>

#include "drivers/terminal/emulated/kernel/kernel.hpp"
#include "drivers/terminal/emulated/kernel/tags.hpp"

/// Terminal risk management, EMV book 3 clause 10.6 and book 4 clause 6.3.5.
namespace posbench::terminal {

using runtime::Task;

namespace {

constexpr std::uint8_t aip_risk_management = 0x08;

/// A counter of one or two octets; none of another length.
std::optional<unsigned> counter(const std::optional<Bytes>& value, std::size_t octets) {
    if (!value || value->size() != octets) return std::nullopt;
    unsigned number = 0;
    for (const std::uint8_t octet : *value) number = number << 8 | octet;
    return number;
}

}  // namespace

/// Clause 10.6.1: what the log has of the card is spent too.
void Kernel::check_floor_limit() {
    Amount spent = amount_;
    if (log_) spent = Amount(spent.minor() + log_(identity_.pan, identity_.psn).minor(), spent.currency());
    const bool overlooked = settings_.defects.has(Defect::approves_above_floor_limit);
    if (spent >= selected_.accepted->floor_limit && !overlooked) tvr_.set(emv::Tvr::floor_limit_exceeded);
}

/// Clause 10.6.2: below the threshold the target percentage of transactions, above it a share that rises to
/// the maximum at the floor limit.
void Kernel::select_randomly() {
    const AcceptedApplication& application = *selected_.accepted;
    if (amount_ >= application.floor_limit) return;
    std::int64_t share = application.target_percentage;
    if (amount_ >= application.threshold) {
        const std::int64_t above = amount_.minor() - application.threshold.minor();
        const std::int64_t width = application.floor_limit.minor() - application.threshold.minor();
        const std::int64_t rise = application.max_target_percentage - application.target_percentage;
        share += rise * above / width;
    }
    if (random_.between(1, 99) <= share) tvr_.set(emv::Tvr::random_online);
}

/// Clause 10.6.3: only for cards that give both limits.
Task<ChipStep> Kernel::check_velocity() {
    const ByteView lower = objects_.card.get(tag::lower_consecutive_limit);
    const ByteView upper = objects_.card.get(tag::upper_consecutive_limit);
    if (lower.size() != 1 || upper.size() != 1) co_return std::nullopt;
    const auto given = co_await channel_.get_data(tag::atc);
    if (!given) co_return given.error();
    const auto given_last = co_await channel_.get_data(tag::last_online_atc);
    if (!given_last) co_return given_last.error();
    const auto atc = counter(*given, 2), last = counter(*given_last, 2);
    // Counters that are missing or make no sense count as both limits exceeded.
    const bool usable = atc && last && *atc > *last;
    const unsigned offline = usable ? *atc - *last : 0;
    if (!usable || offline > lower[0]) tvr_.set(emv::Tvr::lower_consecutive_limit);
    if (!usable || offline > upper[0]) tvr_.set(emv::Tvr::upper_consecutive_limit);
    if (last && *last == 0) tvr_.set(emv::Tvr::new_card);
    co_return std::nullopt;
}

/// An online-only terminal checks the floor limit and the exception file alone: random selection and velocity
/// checking choose what goes online, and there everything does. An offline-only one selects nothing randomly
/// (book 4 clause 6.4). The exception file counts whatever the card's profile says.
Task<ChipStep> Kernel::manage_risk() {
    const auto& exceptions = settings_.exception_file;
    if (std::ranges::find(exceptions, identity_.pan) != exceptions.end()) tvr_.set(emv::Tvr::exception_file);
    if (aip_has(aip_risk_management)) {
        const TerminalType type = settings_.terminal_type;
        check_floor_limit();
        if (type.can_go_online() && type.can_approve_offline()) select_randomly();
        if (type.can_approve_offline()) {
            const ChipStep failure = co_await check_velocity();
            if (failure) co_return co_await report_.failed("risk", *failure);
        }
        set_tsi(risk_management_performed);
    }
    refresh_results();
    co_return co_await report_.done("risk");
}

}  // namespace posbench::terminal
