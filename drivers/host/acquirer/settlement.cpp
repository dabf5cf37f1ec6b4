#include "drivers/host/acquirer/settlement.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"
#include "drivers/protocols/iso8583/private_fields.hpp"

namespace posbench::host {
namespace {

constexpr std::size_t half_size = 31;
/// The largest count and amount that have room.
constexpr std::int64_t most_counted = 999;
constexpr std::int64_t most_summed = 999'999'999'999;

enum class Finding : char { agreed = '1', differs = '2', unreadable = '3' };

std::int64_t number_of(std::string_view digits) {
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

BatchSums read_half(std::string_view digits) {
    BatchSums sums;
    sums.debit_amount = number_of(digits.substr(0, 12));
    sums.debits = number_of(digits.substr(12, 3));
    sums.credit_amount = number_of(digits.substr(15, 12));
    sums.credits = number_of(digits.substr(27, 3));
    return sums;
}

/// Larger figures than have room are those that the terminal can send of them: the last digits.
BatchSums with_room(const BatchSums& sums) {
    return {sums.debits % (most_counted + 1), sums.debit_amount % (most_summed + 1),
            sums.credits % (most_counted + 1), sums.credit_amount % (most_summed + 1)};
}

std::string write_half(const BatchSums& sums, Finding finding) {
    const BatchSums shown = with_room(sums);
    return fmt::format("{:012}{:03}{:012}{:03}{}", shown.debit_amount, shown.debits, shown.credit_amount,
                       shown.credits, static_cast<char>(finding));
}

Finding compare(std::string_view half, const BatchSums& books) {
    return read_half(half) == with_room(books) ? Finding::agreed : Finding::differs;
}

}  // namespace

SettlementAnswer settle(std::string_view field48, const TerminalBatch& batch, std::string_view number) {
    const BatchTotals& books = batch.totals(number);
    SettlementAnswer answer;
    if (field48.size() != 2 * half_size || !runtime::is_all_digits(field48)) {
        answer.code = "30";
        answer.field48 =
            write_half(books.domestic, Finding::unreadable) + write_half(books.foreign, Finding::unreadable);
        return answer;
    }
    const Finding domestic = compare(field48.substr(0, half_size), books.domestic);
    const Finding foreign = compare(field48.substr(half_size), books.foreign);
    const bool agreed = domestic == Finding::agreed && foreign == Finding::agreed;
    answer.code = agreed ? "00" : "95";
    answer.field48 = write_half(books.domestic, domestic) + write_half(books.foreign, foreign);
    answer.closes = agreed;
    answer.compared = Compared{std::string(number), agreed, books};
    return answer;
}

SettlementAnswer upload(std::string_view field48, TerminalBatch& batch, std::string_view number) {
    SettlementAnswer answer;
    answer.code = "30";
    if (field48.size() < iso8583::upload::count_size || !runtime::is_all_digits(field48)) return answer;
    const auto count = static_cast<std::size_t>(number_of(field48.substr(0, iso8583::upload::count_size)));
    std::string_view records = field48.substr(iso8583::upload::count_size);
    if (count < 1 || count > iso8583::upload::most_records ||
        records.size() != count * iso8583::upload::record_size)
        return answer;
    for (; !records.empty(); records.remove_prefix(iso8583::upload::record_size))
        batch.upload(number, iso8583::upload::stan.of(records),
                     number_of(iso8583::upload::amount.of(records)));
    answer.code = "00";
    return answer;
}

SettlementAnswer end_upload(std::string_view field48, const TerminalBatch& batch, std::string_view number) {
    SettlementAnswer answer;
    answer.code = "30";
    if (field48.size() > 6 || !runtime::is_all_digits(field48)) return answer;
    answer.closes = static_cast<std::size_t>(number_of(field48)) == batch.uploaded(number);
    answer.code = answer.closes ? "00" : "95";
    if (answer.closes)
        answer.compared = Compared{std::string(number), batch.uploaded_as_counted(), batch.totals(number)};
    return answer;
}

}  // namespace posbench::host
