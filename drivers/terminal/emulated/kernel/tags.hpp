#pragma once

#include "drivers/protocols/emv/tlv.hpp"

/// The data objects the kernel handles (EMV book 3 annex A).
namespace posbench::terminal::tag {

using emv::Tag;

inline constexpr Tag aid_of_card = 0x4F;
inline constexpr Tag label = 0x50;
inline constexpr Tag track2 = 0x57;
inline constexpr Tag pan = 0x5A;
inline constexpr Tag directory_entry = 0x61;
inline constexpr Tag fci = 0x6F;
inline constexpr Tag fci_proprietary = 0xA5;
inline constexpr Tag fci_discretionary = 0xBF0C;
inline constexpr Tag record = 0x70;
inline constexpr Tag script_before = 0x71;
inline constexpr Tag script_after = 0x72;
inline constexpr Tag format2 = 0x77;
inline constexpr Tag format1 = 0x80;
inline constexpr Tag aip = 0x82;
inline constexpr Tag df_name = 0x84;
inline constexpr Tag script_command = 0x86;
inline constexpr Tag priority = 0x87;
inline constexpr Tag sfi = 0x88;
inline constexpr Tag authorisation_code = 0x8A;
inline constexpr Tag cdol1 = 0x8C;
inline constexpr Tag cdol2 = 0x8D;
inline constexpr Tag cvm_list = 0x8E;
inline constexpr Tag authority_key_index = 0x8F;
inline constexpr Tag issuer_certificate = 0x90;
inline constexpr Tag issuer_authentication = 0x91;
inline constexpr Tag issuer_remainder = 0x92;
inline constexpr Tag signed_static_data = 0x93;
inline constexpr Tag afl = 0x94;
inline constexpr Tag tvr = 0x95;
inline constexpr Tag tdol = 0x97;
inline constexpr Tag tc_hash = 0x98;
inline constexpr Tag date = 0x9A;
inline constexpr Tag tsi = 0x9B;
inline constexpr Tag transaction_type = 0x9C;
inline constexpr Tag expiry_date = 0x5F24;
inline constexpr Tag effective_date = 0x5F25;
inline constexpr Tag issuer_country = 0x5F28;
inline constexpr Tag currency = 0x5F2A;
inline constexpr Tag languages = 0x5F2D;
inline constexpr Tag psn = 0x5F34;
inline constexpr Tag currency_exponent = 0x5F36;
inline constexpr Tag amount = 0x9F02;
inline constexpr Tag amount_other = 0x9F03;
inline constexpr Tag aid_of_terminal = 0x9F06;
inline constexpr Tag usage_control = 0x9F07;
inline constexpr Tag version_of_card = 0x9F08;
inline constexpr Tag version_of_terminal = 0x9F09;
inline constexpr Tag iac_default = 0x9F0D;
inline constexpr Tag iac_denial = 0x9F0E;
inline constexpr Tag iac_online = 0x9F0F;
inline constexpr Tag issuer_data = 0x9F10;
inline constexpr Tag code_table = 0x9F11;
inline constexpr Tag preferred_name = 0x9F12;
inline constexpr Tag last_online_atc = 0x9F13;
inline constexpr Tag lower_consecutive_limit = 0x9F14;
inline constexpr Tag merchant = 0x9F16;
inline constexpr Tag pin_tries = 0x9F17;
inline constexpr Tag script_identifier = 0x9F18;
inline constexpr Tag terminal_country = 0x9F1A;
inline constexpr Tag floor_limit = 0x9F1B;
inline constexpr Tag terminal_identification = 0x9F1C;
inline constexpr Tag device_serial = 0x9F1E;
inline constexpr Tag time = 0x9F21;
inline constexpr Tag authority_key_index_of_terminal = 0x9F22;
inline constexpr Tag upper_consecutive_limit = 0x9F23;
inline constexpr Tag cryptogram = 0x9F26;
inline constexpr Tag cryptogram_information = 0x9F27;
inline constexpr Tag kernel_identifier = 0x9F2A;
inline constexpr Tag pin_certificate = 0x9F2D;
inline constexpr Tag pin_exponent = 0x9F2E;
inline constexpr Tag pin_remainder = 0x9F2F;
inline constexpr Tag issuer_exponent = 0x9F32;
inline constexpr Tag capabilities = 0x9F33;
inline constexpr Tag cvm_results = 0x9F34;
inline constexpr Tag terminal_type = 0x9F35;
inline constexpr Tag atc = 0x9F36;
inline constexpr Tag unpredictable_number = 0x9F37;
inline constexpr Tag pdol = 0x9F38;
inline constexpr Tag additional_capabilities = 0x9F40;
inline constexpr Tag sequence_counter = 0x9F41;
inline constexpr Tag application_currency = 0x9F42;
inline constexpr Tag data_authentication_code = 0x9F45;
inline constexpr Tag icc_certificate = 0x9F46;
inline constexpr Tag icc_exponent = 0x9F47;
inline constexpr Tag icc_remainder = 0x9F48;
inline constexpr Tag ddol = 0x9F49;
inline constexpr Tag static_data_tag_list = 0x9F4A;
inline constexpr Tag signed_dynamic_data = 0x9F4B;
inline constexpr Tag icc_dynamic_number = 0x9F4C;
inline constexpr Tag product_identification = 0x9F63;
inline constexpr Tag terminal_qualifiers = 0x9F66;
inline constexpr Tag authentication_data = 0x9F69;
inline constexpr Tag card_qualifiers = 0x9F6C;
inline constexpr Tag script_results = 0xDF31;
inline constexpr Tag sm_algorithms = 0xDF69;  ///< PBOC 3.0: 01 the terminal knows SM2, SM3 and SM4

}  // namespace posbench::terminal::tag
