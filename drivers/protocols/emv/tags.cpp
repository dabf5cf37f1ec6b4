#include <algorithm>
#include <array>
#include <functional>

#include "drivers/protocols/emv/tlv.hpp"

namespace posbench::emv {
namespace {

constexpr auto b = Format::binary;
constexpr auto n = Format::numeric;
constexpr auto cn = Format::compressed_numeric;
constexpr auto text = Format::text;
constexpr auto var = Format::variable;
constexpr bool open = false;
constexpr bool sensitive = true;

/// EMV book 3 annex A (contact flow) and book 1, then PBOC/UnionPay and scheme tags; ascending.
constexpr std::array tags{
    TagInfo{0x42, "Issuer Identification Number", n, open},
    TagInfo{0x4F, "Application Dedicated File Name", b, open},
    TagInfo{0x50, "Application Label", text, open},
    TagInfo{0x56, "Track 1 Data", text, sensitive},
    TagInfo{0x57, "Track 2 Equivalent Data", b, sensitive},
    TagInfo{0x5A, "Application Primary Account Number", cn, sensitive},
    TagInfo{0x61, "Application Template", b, open},
    TagInfo{0x6F, "File Control Information Template", b, open},
    TagInfo{0x70, "READ RECORD Response Message Template", b, open},
    TagInfo{0x71, "Issuer Script Template 1", b, open},
    TagInfo{0x72, "Issuer Script Template 2", b, open},
    TagInfo{0x73, "Directory Discretionary Template", b, open},
    TagInfo{0x77, "Response Message Template Format 2", b, open},
    TagInfo{0x80, "Response Message Template Format 1", b, open},
    TagInfo{0x81, "Amount, Authorised (Binary)", b, open},
    TagInfo{0x82, "Application Interchange Profile", b, open},
    TagInfo{0x83, "Command Template", b, open},
    TagInfo{0x84, "Dedicated File Name", b, open},
    TagInfo{0x86, "Issuer Script Command", b, open},
    TagInfo{0x87, "Application Priority Indicator", b, open},
    TagInfo{0x88, "Short File Identifier", b, open},
    TagInfo{0x89, "Authorisation Code", text, open},
    TagInfo{0x8A, "Authorisation Response Code", text, open},
    TagInfo{0x8C, "Card Risk Management Data Object List 1", b, open},
    TagInfo{0x8D, "Card Risk Management Data Object List 2", b, open},
    TagInfo{0x8E, "Cardholder Verification Method List", b, open},
    TagInfo{0x8F, "Certification Authority Public Key Index", b, open},
    TagInfo{0x90, "Issuer Public Key Certificate", b, open},
    TagInfo{0x91, "Issuer Authentication Data", b, open},
    TagInfo{0x92, "Issuer Public Key Remainder", b, open},
    TagInfo{0x93, "Signed Static Application Data", b, open},
    TagInfo{0x94, "Application File Locator", var, open},
    TagInfo{0x95, "Terminal Verification Results", b, open},
    TagInfo{0x97, "Transaction Certificate Data Object List", b, open},
    TagInfo{0x98, "Transaction Certificate Hash Value", b, open},
    TagInfo{0x99, "Transaction Personal Identification Number Data", b, sensitive},
    TagInfo{0x9A, "Transaction Date", n, open},
    TagInfo{0x9B, "Transaction Status Information", b, open},
    TagInfo{0x9C, "Transaction Type", n, open},
    TagInfo{0x9D, "Directory Definition File Name", b, open},
    TagInfo{0xA5, "File Control Information Proprietary Template", b, open},
    TagInfo{0x5F20, "Cardholder Name", text, sensitive},
    TagInfo{0x5F24, "Application Expiration Date", n, open},
    TagInfo{0x5F25, "Application Effective Date", n, open},
    TagInfo{0x5F28, "Issuer Country Code", n, open},
    TagInfo{0x5F2A, "Transaction Currency Code", n, open},
    TagInfo{0x5F2D, "Language Preference", text, open},
    TagInfo{0x5F30, "Service Code", n, open},
    TagInfo{0x5F34, "Application Primary Account Number Sequence Number", n, open},
    TagInfo{0x5F36, "Transaction Currency Exponent", n, open},
    TagInfo{0x5F50, "Issuer URL", text, open},
    TagInfo{0x5F53, "International Bank Account Number", var, open},
    TagInfo{0x5F54, "Bank Identifier Code", var, open},
    TagInfo{0x5F55, "Issuer Country Code (alpha2)", text, open},
    TagInfo{0x5F56, "Issuer Country Code (alpha3)", text, open},
    TagInfo{0x5F57, "Account Type", n, open},
    TagInfo{0x9F01, "Acquirer Identifier", n, open},
    TagInfo{0x9F02, "Amount, Authorised (Numeric)", n, open},
    TagInfo{0x9F03, "Amount, Other (Numeric)", n, open},
    TagInfo{0x9F04, "Amount, Other (Binary)", b, open},
    TagInfo{0x9F05, "Application Discretionary Data", b, open},
    TagInfo{0x9F06, "Application Identifier", b, open},
    TagInfo{0x9F07, "Application Usage Control", b, open},
    TagInfo{0x9F08, "Application Version Number (Card)", b, open},
    TagInfo{0x9F09, "Application Version Number (Terminal)", b, open},
    TagInfo{0x9F0B, "Cardholder Name Extended", text, sensitive},
    TagInfo{0x9F0D, "Issuer Action Code - Default", b, open},
    TagInfo{0x9F0E, "Issuer Action Code - Denial", b, open},
    TagInfo{0x9F0F, "Issuer Action Code - Online", b, open},
    TagInfo{0x9F10, "Issuer Application Data", b, open},
    TagInfo{0x9F11, "Issuer Code Table Index", n, open},
    TagInfo{0x9F12, "Application Preferred Name", text, open},
    TagInfo{0x9F13, "Last Online Application Transaction Counter Register", b, open},
    TagInfo{0x9F14, "Lower Consecutive Offline Limit", b, open},
    TagInfo{0x9F15, "Merchant Category Code", n, open},
    TagInfo{0x9F16, "Merchant Identifier", text, open},
    TagInfo{0x9F17, "Personal Identification Number Try Counter", b, open},
    TagInfo{0x9F18, "Issuer Script Identifier", b, open},
    TagInfo{0x9F1A, "Terminal Country Code", n, open},
    TagInfo{0x9F1B, "Terminal Floor Limit", b, open},
    TagInfo{0x9F1C, "Terminal Identification", text, open},
    TagInfo{0x9F1D, "Terminal Risk Management Data", b, open},
    TagInfo{0x9F1E, "Interface Device Serial Number", text, open},
    TagInfo{0x9F1F, "Track 1 Discretionary Data", text, sensitive},
    TagInfo{0x9F20, "Track 2 Discretionary Data", cn, sensitive},
    TagInfo{0x9F21, "Transaction Time", n, open},
    TagInfo{0x9F22, "Certification Authority Public Key Index (Terminal)", b, open},
    TagInfo{0x9F23, "Upper Consecutive Offline Limit", b, open},
    TagInfo{0x9F26, "Application Cryptogram", b, open},
    TagInfo{0x9F27, "Cryptogram Information Data", b, open},
    TagInfo{0x9F2A, "Kernel Identifier", b, open},
    TagInfo{0x9F2D, "ICC PIN Encipherment Public Key Certificate", b, open},
    TagInfo{0x9F2E, "ICC PIN Encipherment Public Key Exponent", b, open},
    TagInfo{0x9F2F, "ICC PIN Encipherment Public Key Remainder", b, open},
    TagInfo{0x9F32, "Issuer Public Key Exponent", b, open},
    TagInfo{0x9F33, "Terminal Capabilities", b, open},
    TagInfo{0x9F34, "Cardholder Verification Method Results", b, open},
    TagInfo{0x9F35, "Terminal Type", n, open},
    TagInfo{0x9F36, "Application Transaction Counter", b, open},
    TagInfo{0x9F37, "Unpredictable Number", b, open},
    TagInfo{0x9F38, "Processing Options Data Object List", b, open},
    TagInfo{0x9F39, "Point-of-Service Entry Mode", n, open},
    TagInfo{0x9F3A, "Amount, Reference Currency", b, open},
    TagInfo{0x9F3B, "Application Reference Currency", n, open},
    TagInfo{0x9F3C, "Transaction Reference Currency Code", n, open},
    TagInfo{0x9F3D, "Transaction Reference Currency Exponent", n, open},
    TagInfo{0x9F40, "Additional Terminal Capabilities", b, open},
    TagInfo{0x9F41, "Transaction Sequence Counter", n, open},
    TagInfo{0x9F42, "Application Currency Code", n, open},
    TagInfo{0x9F43, "Application Reference Currency Exponent", n, open},
    TagInfo{0x9F44, "Application Currency Exponent", n, open},
    TagInfo{0x9F45, "Data Authentication Code", b, open},
    TagInfo{0x9F46, "ICC Public Key Certificate", b, open},
    TagInfo{0x9F47, "ICC Public Key Exponent", b, open},
    TagInfo{0x9F48, "ICC Public Key Remainder", b, open},
    TagInfo{0x9F49, "Dynamic Data Authentication Data Object List", b, open},
    TagInfo{0x9F4A, "Static Data Authentication Tag List", b, open},
    TagInfo{0x9F4B, "Signed Dynamic Application Data", b, open},
    TagInfo{0x9F4C, "ICC Dynamic Number", b, open},
    TagInfo{0x9F4D, "Log Entry", b, open},
    TagInfo{0x9F4E, "Merchant Name and Location", text, open},
    TagInfo{0x9F4F, "Log Format", b, open},
    TagInfo{0x9F51, "Application Currency Code (PBOC)", n, open},
    TagInfo{0x9F52, "Application Default Action", b, open},
    TagInfo{0x9F53, "Consecutive Transaction Limit (International)", b, open},
    TagInfo{0x9F54, "Cumulative Total Transaction Amount Limit", n, open},
    TagInfo{0x9F55, "Geographic Indicator", b, open},
    TagInfo{0x9F56, "Issuer Authentication Indicator", b, open},
    TagInfo{0x9F57, "Issuer Country Code (PBOC)", n, open},
    TagInfo{0x9F58, "Lower Consecutive Offline Limit (PBOC)", b, open},
    TagInfo{0x9F59, "Upper Consecutive Offline Limit (PBOC)", b, open},
    TagInfo{0x9F5C, "Cumulative Total Transaction Amount Upper Limit", n, open},
    TagInfo{0x9F5D, "Available Offline Spending Amount", n, open},
    TagInfo{0x9F61, "Cardholder Identity Number", text, sensitive},
    TagInfo{0x9F62, "Cardholder Identity Type", n, open},
    TagInfo{0x9F63, "Product Identification Information", b, open},
    TagInfo{0x9F66, "Terminal Transaction Qualifiers", b, open},
    TagInfo{0x9F69, "Card Authentication Related Data", b, open},
    TagInfo{0x9F6B, "Track 2 Data", b, sensitive},
    TagInfo{0x9F6C, "Card Transaction Qualifiers", b, open},
    TagInfo{0x9F6D, "Electronic Cash Reset Threshold", n, open},
    TagInfo{0x9F6E, "Form Factor Indicator", b, open},
    TagInfo{0x9F72, "Consecutive Transaction Limit (International - Country)", b, open},
    TagInfo{0x9F74, "Electronic Cash Issuer Authorisation Code", text, open},
    TagInfo{0x9F77, "Electronic Cash Balance Limit", n, open},
    TagInfo{0x9F78, "Electronic Cash Single Transaction Limit", n, open},
    TagInfo{0x9F79, "Electronic Cash Balance", n, open},
    TagInfo{0x9F7A, "Electronic Cash Terminal Support Indicator", n, open},
    TagInfo{0x9F7B, "Electronic Cash Terminal Transaction Limit", n, open},
    TagInfo{0x9F7C, "Customer Exclusive Data", b, open},
    TagInfo{0xBF0C, "File Control Information Issuer Discretionary Data", b, open},
    TagInfo{0xDF31, "Issuer Script Results", b, open},
};
static_assert(std::ranges::is_sorted(tags, std::less<>{}, &TagInfo::tag));

}  // namespace

std::span<const TagInfo> tag_dictionary() noexcept {
    return tags;
}

const TagInfo* find_tag(Tag tag) noexcept {
    const auto found = std::ranges::lower_bound(tags, tag, std::less<>{}, &TagInfo::tag);
    return found != tags.end() && found->tag == tag ? &*found : nullptr;
}

std::optional<Tag> find_tag_by_name(std::string_view name) noexcept {
    const auto found = std::ranges::find(tags, name, &TagInfo::name);
    return found != tags.end() ? std::optional(found->tag) : std::nullopt;
}

}  // namespace posbench::emv
