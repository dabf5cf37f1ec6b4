#pragma once

#include <deque>
#include <string>
#include <vector>

#include "drivers/card/card.hpp"

namespace posbench::test {

/// A card whose answers a test lays out; notes what was asked of it.
class FakeReader final : public card::Reader {
  public:
    std::deque<Bytes> answers;                 ///< to commands, in order; none left: mute
    Bytes atr = hex("3B600000");               ///< empty: mute
    Bytes ats = hex("0578807002");             ///< likewise
    std::optional<card::ReaderError> failure;  ///< of commands, in the place of an answer
    int cards_in_field = 0;                    ///< 0: the card is in the slot
    std::vector<std::string> calls;  ///< "up", "warm", "activate", "down", and commands in hexadecimal

    bool present() const noexcept override { return cards_in_field == 0; }
    int in_field() const noexcept override { return cards_in_field; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override {
        calls.emplace_back("up");
        if (atr.empty()) co_return card::ReaderError::mute;
        co_return atr;
    }
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override {
        calls.emplace_back("warm");
        if (atr.empty()) co_return card::ReaderError::mute;
        co_return atr;
    }
    runtime::Task<card::ReaderResult<Bytes>> activate() override {
        calls.emplace_back("activate");
        if (ats.empty()) co_return card::ReaderError::mute;
        co_return ats;
    }
    void power_down() noexcept override { calls.emplace_back("down"); }
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override {
        calls.push_back(to_hex(command));
        if (failure) co_return *failure;
        if (answers.empty()) co_return card::ReaderError::mute;
        Bytes answer = std::move(answers.front());
        answers.pop_front();
        co_return std::move(answer);
    }
    std::optional<card::Swipe> take_swipe() override { return std::nullopt; }

  private:
    runtime::Condition changed_;
};

}  // namespace posbench::test
