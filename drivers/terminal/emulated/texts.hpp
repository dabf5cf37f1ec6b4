#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/runtime/money.hpp"
#include "drivers/terminal/emulated/settings.hpp"

namespace posbench::terminal {

/// What the display can say. Texts for response codes come from iso8583::find_response_code.
enum class Text : std::uint8_t {
    starting,
    idle,
    signing_in,
    signed_in,
    key_download_failed,
    sign_in_first,
    enter_amount,
    amount_zero,
    amount_too_large,
    present_card,
    swipe_again,
    use_chip,
    chip_failed,
    reading,
    remove_card,
    enter_pin,
    pin_length,
    connecting,
    waiting,
    reversing,
    reversal_failed,
    printing,
    cancelled,
    no_input,
    read_error,
    expired_card,
    no_common_application,
    card_blocked,
    card_removed,
    chip_error,
    card_declined,
    connect_timed_out,
    connect_refused,
    network_down,
    no_reply,
    connection_lost,
    bad_reply,
    mismatch_tpdu,
    mismatch_mti,
    mismatch_processing_code,
    mismatch_stan,
    mismatch_tid,
    mismatch_mid,
    mismatch_amount,
    mac_wrong,
    journal_full,
    storage_damaged,
    enter_voucher,
    enter_reference,
    enter_date,
    enter_auth_code,
    enter_refund,
    enter_new_amount,
    enter_tip,
    enter_operator,
    enter_password,
    enter_supervisor_password,
    password_wrong,
    operator_unknown,
    terminal_locked,
    log_in_first,
    logged_in,
    logged_out,
    confirm_void,
    original_unknown,
    original_voided,
    original_refunded,
    original_changed,
    card_differs,
    amount_unchanged,
    balance,
    settling,
    uploading,
    settled,
    settled_differs,
    settlement_open,
    nothing_to_print,
    reprinted,
    signing_off,
    signed_off,
    testing_line,
    line_works,
    downloading,
    downloaded,
    download_failed,
    not_supported,
    not_accepted,
    wrong_pin,
    last_pin_try,
    pin_tries_exceeded,
    pin_right,
    choose_application,
    confirm_application,
    tap_again,
    one_card_only,
    insert_card,
    count_,
};

std::string_view say(Text text, Language language) noexcept;

/// "RMB 12.34", as displays and receipts of UnionPay terminals write money; other currencies by their code.
std::string show_amount(const Amount& amount);

/// The text of a response code (field 39) in the display's language.
std::string_view say_code(std::string_view code, Language language) noexcept;

}  // namespace posbench::terminal
