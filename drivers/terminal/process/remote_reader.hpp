#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>

#include "bench/runtime/clock.hpp"
#include "bench/runtime/sync.hpp"
#include "drivers/card/card.hpp"
#include "drivers/terminal/process/messages.hpp"

namespace posbench::terminal::process {

/// The card of the bench as a program at the other end of the channel sees it.
class RemoteReader final : public card::Reader {
  public:
    using Send = std::function<void(const ToBench&)>;
    RemoteReader(runtime::Clock& clock, Send send) : clock_(clock), send_(std::move(send)) {}

    bool present() const noexcept override { return present_; }
    int in_field() const noexcept override { return in_field_; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override;
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override;
    runtime::Task<card::ReaderResult<Bytes>> activate() override;
    /// What cannot be said to the bench is thrown by the next exchange.
    void power_down() noexcept override;
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<card::Swipe> take_swipe() override;

    /// What the bench says.
    void take(CardState state);
    void take(CardAnswer answer);

  private:
    void ask(const ToBench& message);
    runtime::Task<card::ReaderResult<Bytes>> answer_to(std::uint64_t id);

    runtime::Clock& clock_;
    Send send_;
    std::exception_ptr unsent_;  ///< why power_down() could not be said
    bool present_ = false;
    int in_field_ = 0;
    std::optional<card::Swipe> swipe_;
    runtime::Condition changed_;
    std::uint64_t last_id_ = 0;
    std::optional<CardAnswer> answer_;
    runtime::Condition answered_;
};

}  // namespace posbench::terminal::process
