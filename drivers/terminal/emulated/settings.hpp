#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bench/config/value.hpp"
#include "bench/runtime/bytes.hpp"
#include "bench/runtime/money.hpp"
#include "bench/runtime/time.hpp"
#include "drivers/protocols/emv/authority_key_config.hpp"
#include "drivers/protocols/iso8583/frame.hpp"
#include "drivers/terminal/condition.hpp"
#include "drivers/terminal/emulated/applications.hpp"
#include "drivers/terminal/emulated/defects.hpp"
#include "drivers/terminal/function.hpp"
#include "drivers/tls/config.hpp"

namespace posbench::terminal {

/// Of one transaction, in minor units: the sum of as many as a batch can hold (999) has room in the twelve
/// digits that field 48 of a settlement gives it.
inline constexpr std::int64_t largest_amount_max = 999'999'999'999 / 999;

using emv::AuthorityKey;

/// A list that all copies of the settings share: what is in it can be too much to copy, or not be copied.
template <class T>
class SharedList {
  public:
    SharedList() : SharedList(std::vector<T>()) {}
    SharedList(std::vector<T> items) : items_(std::make_shared<const std::vector<T>>(std::move(items))) {}
    auto begin() const noexcept { return items_->begin(); }
    auto end() const noexcept { return items_->end(); }
    std::size_t size() const noexcept { return items_->size(); }
    bool empty() const noexcept { return items_->empty(); }

  private:
    std::shared_ptr<const std::vector<T>> items_;
};

/// Who may log in at the terminal.
struct OperatorAccount {
    std::string number;    ///< two digits
    std::string password;  ///< 1 to 12 digits
    bool supervisor = false;
};

enum class Language : std::uint8_t { zh, en };

/// Terminal type, 9F35 (EMV book 4 annex A1): the second digit tells where decisions can be made.
struct TerminalType {
    std::uint8_t octet = 0x21;

    bool can_go_online() const noexcept { return (octet & 0x0F) % 3 != 0; }        // x1, x2, x4, x5
    bool can_approve_offline() const noexcept { return (octet & 0x0F) % 3 != 1; }  // x2, x3, x5, x6
};

/// Terminal capabilities, 9F33 (EMV book 4 annex A2). The kernel supports the methods of cardholder
/// verification and of offline data authentication that they claim and no others.
struct Capabilities {
    std::array<std::uint8_t, 3> octets{};

    bool plaintext_pin() const noexcept { return (octets[1] & 0x80) != 0; }
    bool online_pin() const noexcept { return (octets[1] & 0x40) != 0; }
    bool signature() const noexcept { return (octets[1] & 0x20) != 0; }
    bool enciphered_pin() const noexcept { return (octets[1] & 0x10) != 0; }
    bool no_cvm() const noexcept { return (octets[1] & 0x08) != 0; }
    bool static_data_authentication() const noexcept { return (octets[2] & 0x80) != 0; }
    bool dynamic_data_authentication() const noexcept { return (octets[2] & 0x40) != 0; }
    bool combined_data_authentication() const noexcept { return (octets[2] & 0x08) != 0; }
};

/// How long the simulated hardware takes.
struct Timings {
    runtime::Duration boot;
    runtime::Duration key;
    runtime::Duration display;
    runtime::Duration flash_write;
    runtime::Duration print;      ///< one copy of a receipt
    runtime::Duration stripe;     ///< decoding a swipe
    runtime::Duration chip_step;  ///< the kernel's own work between two steps of the EMV flow
    runtime::Duration watchdog;   ///< until an application that does not answer is restarted
};

/// A terminal profile (fixtures/terminals/), checked. Durations, limits and identifiers are those of a
/// UnionPay POS terminal's parameter menu.
struct TerminalSettings {
    std::string tid;  ///< field 41, 8 characters
    std::string mid;  ///< field 42, 15 characters
    std::string merchant_name;
    std::string operator_number;             ///< two digits, field 63 of the sign-in; of who is logged in
    std::vector<OperatorAccount> operators;  ///< empty: nobody has to log in
    int password_tries = 0;                  ///< wrong ones until the terminal is locked
    std::vector<Function> supervised;        ///< for which a supervisor's password is asked
    Currency currency;
    std::string country;  ///< 9F1A, three digits (ISO 3166)
    Language language = Language::zh;

    iso8583::Dialect dialect;  ///< in which it talks to its host
    iso8583::Tpdu tpdu;
    Bytes header;                           ///< as long as the dialect's is
    Bytes tmk;                              ///< master key it is delivered with, 16 octets; empty: none
    std::optional<tls::ClientProfile> tls;  ///< none: plain TCP
    std::string sign_in_key_type;           ///< 60.3 of the sign-in: 001, 003 or 004
    bool sign_in_at_start = true;

    runtime::Duration reply_wait{};
    runtime::Duration connect_wait{};
    int connect_attempts = 0;
    runtime::Duration connect_pause{};  ///< between two attempts
    runtime::Duration operator_wait{};  ///< for a key or a card
    runtime::Duration code_poll{};      ///< between two queries of an order
    runtime::Duration code_wait{};      ///< for the customer of an order to pay
    int reversal_resends = 0;           ///< after the first sending
    int card_tries = 0;                 ///< insertions and swipes in one transaction
    int journal_capacity = 0;           ///< transactions until settlement
    int tip_limit = 0;                  ///< percent of the sale
    bool tips = true;                   ///< false: a download of parameters has switched them off
    bool void_asks_card = false;        ///< a void reads the card and compares it with the original's
    bool sign_off_after_settlement = false;
    Amount amount_max;
    std::optional<Amount> refund_max;  ///< of a refund; none: amount_max
    bool manual_entry = false;         ///< a card's number and expiry may be typed in the card's place

    bool check_stripe_expiry = true;
    bool pin_bypass = true;
    bool contactless_reader = false;         ///< what it does with a card: AcceptedApplication::contactless
    std::optional<runtime::WallTime> clock;  ///< of the terminal at its first boot; default: the rig's

    TerminalType terminal_type;
    Capabilities capabilities;
    std::array<std::uint8_t, 5> additional_capabilities{};  ///< 9F40
    bool cardholder_selection = false;        ///< the cardholder chooses among applications and confirms
    std::vector<std::string> exception_file;  ///< PANs that are to be told in the TVR
    std::vector<AcceptedApplication> applications;
    SharedList<AuthorityKey> authority_keys;

    Timings timings{};
    Condition condition;  ///< of the device at the start
    Defects defects;
};

/// Reads and checks a terminal profile. @throws config::ConfigError at the value that breaks a rule
std::shared_ptr<const TerminalSettings> read_settings(const config::Value& profile);

}  // namespace posbench::terminal
