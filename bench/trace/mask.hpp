#pragma once

#include <string>
#include <string_view>

/// Keeps card data and secrets out of everything that is written. Called where an event is made; PCI
/// DSS 3.4.1 allows at most the first six and the last four digits of a PAN.
namespace posbench::trace {

/// "6210948000000011" -> "621094******0011". A PAN of fewer than 13 digits keeps only the last four, one of
/// at most four keeps none; more than 19 digits, or anything with a non-digit, is masked whole. An asterisk
/// counts as a digit: what is masked already is given as it is, or shows less.
std::string mask_pan(std::string_view pan);

/// Replaces every run of 13 to 19 digits that passes the Luhn check by its masked form: the net under free
/// text (receipts, messages of other processes). Digits with a joint between them count as one run, which may
/// begin and end at any joint ("000002 6210 9480 0000 0011" holds a PAN): a single blank, hyphen or line end;
/// also a point, a slash, or up to four of all these, but then the number must begin like a PAN too (3 to 6,
/// 9, or 2221 to 2720 with 16 digits). Within more than 19 digits without a joint every stretch of 13 to 19
/// that begins so and passes the check is masked. Full-width forms (U+FF01 to U+FF5E), U+00A0 and U+3000
/// count as their ASCII; the text keeps its length in octets.
///
/// What follows a masked PAN as on a track is masked too (ISO/IEC 7813): after '=' or 'D' up to the next
/// blank or line end that no digit follows, after '^' up to the end sentinel or the end of the line, blanks
/// in the name included. Before '=' and '^' the check digit is not asked for.
///
/// Private keys in PEM are masked as runtime::mask_private_keys() does.
///
/// False alarms: of numbers that are no PAN, one in ten of 13 to 19 digits; eight in ten of 20 digits, and
/// more of longer ones.
std::string mask_text(std::string_view text);

/// The same for what stands in fields and frames, where a length may stand before a PAN and padding behind
/// it: also masks every stretch of 13 to 19 digits within a run that begins with 2 to 6 and passes the check.
/// More false alarms, then.
std::string mask_dense_text(std::string_view text);

}  // namespace posbench::trace
