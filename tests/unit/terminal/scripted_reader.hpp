#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "drivers/card/card.hpp"

namespace posbench::terminal::testing {

/// A chip that answers the contact flow of one application from a few data objects, and a stripe.
class ScriptedReader final : public card::Reader {
  public:
    bool present() const noexcept override { return present_; }
    int in_field() const noexcept override { return 0; }
    runtime::Condition& changed() noexcept override { return changed_; }
    runtime::Task<card::ReaderResult<Bytes>> power_up() override;
    runtime::Task<card::ReaderResult<Bytes>> warm_reset() override;
    runtime::Task<card::ReaderResult<Bytes>> activate() override { co_return card::ReaderError::removed; }
    void power_down() noexcept override {}
    runtime::Task<card::ReaderResult<Bytes>> transmit(ByteView command) override;
    std::optional<card::Swipe> take_swipe() override { return std::exchange(swipe_, std::nullopt); }

    void insert();
    void remove();
    /// Passes track 2, "6210948000000011=30122010000012345" without sentinels.
    /// @param parity_at the character whose parity is wrong
    void swipe(std::string_view track2, bool bad_lrc = false,
               std::optional<std::size_t> parity_at = std::nullopt);
    /// Passes a stripe of which nothing is left.
    void swipe_erased();

    bool mute = false;
    std::string atr = "3B6500002063CB6600";       ///< to a cold reset: T=0
    std::string warm_atr = "3B6500002063CB6600";  ///< to a warm one
    std::string resets;                           ///< "cold warm " of those there were
    std::string aid = "A000000333010102";
    std::string aip = "1C00";
    std::string afl = "08010100";
    std::string pdol;
    /// Every record of SFI 11 to 30.
    std::string proprietary_record = "DEADBEEF";
    std::string pan = "6210948000000011";
    std::string expiry = "301231";
    std::string iac_denial = "0000000000";
    std::string cvm_list = "00000000000000001F00";  ///< no CVM, always
    std::uint8_t first_cid = 0x80;
    std::uint8_t second_cid = 0x40;
    std::string second_issuer_data = "07010103A00000";  ///< 9F10 of the second cryptogram
    std::uint16_t external_authenticate_sw = 0x9000;
    /// Leaves the reader when it receives its nth command (from 1); 0 never.
    int leaves_at = 0;
    /// Does not answer its nth command nor any after it; 0 never.
    int mute_at = 0;
    /// Changes an answer before it goes out.
    std::function<void(Bytes& answer)> mangle;

    std::vector<Bytes> commands;
    int count(std::string_view header) const;

  private:
    runtime::Task<card::ReaderResult<Bytes>> reset(std::string_view kind, std::string_view octets);
    Bytes answer(ByteView command) const;
    Bytes record() const;

    runtime::Condition changed_;
    bool present_ = false;
    std::optional<card::Swipe> swipe_;
    mutable int cryptograms_ = 0;
};

}  // namespace posbench::terminal::testing
