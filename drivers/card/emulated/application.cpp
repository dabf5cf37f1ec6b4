#include "drivers/card/emulated/application.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/plural.hpp"
#include "drivers/card/emulated/answer_room.hpp"
#include "drivers/card/emulated/application_rules.hpp"
#include "drivers/card/emulated/as_is.hpp"
#include "drivers/card/emulated/object_table.hpp"
#include "drivers/card/emulated/risk.hpp"
#include "drivers/protocols/emv/bits.hpp"
#include "drivers/protocols/emv/object_form.hpp"

namespace posbench::card {
namespace {

constexpr std::string_view customary_cdol1 = "9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704";
constexpr std::string_view customary_cvm_list = "0000000000000000 1E03 1F03";
constexpr std::string_view customary_ddol = "9F3704";
constexpr std::string_view customary_cdol2 = "8A02 9F0206 9F0306 9F1A02 9505 5F2A02 9A03 9C01 9F3704";

/// A key that fills one data object of the card.
struct DataKey {
    std::string_view key;
    emv::Tag tag;
    std::size_t size;            ///< octets
    std::string_view customary;  ///< hexadecimal
};

constexpr emv::Tag country_tag = 0x5F28, currency_tag = 0x9F42;

constexpr DataKey data_keys[]{
    {"issuer_country", country_tag, 2, "0156"},
    {"currency", currency_tag, 2, "0156"},
    {"currency_exponent", 0x9F44, 1, "02"},
    {"usage_control", 0x9F07, 2, "FF00"},
    {"version", 0x9F08, 2, "0030"},
    {"iac_default", 0x9F0D, 5, "D8689CF800"},
    {"iac_denial", 0x9F0E, 5, "0010000000"},
    {"iac_online", 0x9F0F, 5, "D86804F800"},
};

/// What a quick profile decides by and signs.
constexpr emv::DolEntry quick_objects[]{
    {0x9F66, ttq::size}, {0x9F02, 6}, {0x5F2A, 2}, {0x9C, 1}, {0x9F37, 4}};

std::span<const emv::DolEntry> objects_of(emv::CryptogramVersion version) {
    return emv::terminal_objects(emv::find_cryptogram_rules(version)->data);
}

std::optional<Bytes> sized(config::Reader& reader, std::string_view key, std::size_t fewest,
                           std::size_t most) {
    auto octets = reader.bytes(key);
    if (!octets || (octets->size() >= fewest && octets->size() <= most)) return octets;
    if (fewest == most)
        reader.fail(key, fmt::format("must be {}, not {}", runtime::counted(most, "octet"), octets->size()));
    reader.fail(key, fmt::format("must be {} to {} octets, not {}", fewest, most, octets->size()));
}

Bytes sized_or(config::Reader& reader, std::string_view key, std::size_t fewest, std::size_t most,
               std::string_view customary) {
    auto octets = sized(reader, key, fewest, most);
    return octets ? *std::move(octets) : hex(customary);
}

struct Dol {
    Bytes octets;
    std::vector<emv::DolEntry> entries;
};

Dol read_dol(config::Reader& reader, std::string_view key, std::string_view customary) {
    Dol dol{sized_or(reader, key, 0, 252, customary), {}};
    auto entries = emv::parse_dol(dol.octets);
    if (!entries) reader.fail(key, entries.error().what);
    dol.entries = *std::move(entries);
    constexpr std::size_t longest = 252;  // with tag and length of the command template
    if (emv::dol_size(dol.entries) > longest)
        reader.fail(key, fmt::format("asks for {} octets, a command holds at most {}",
                                     emv::dol_size(dol.entries), longest));
    return dol;
}

/// Refuses a card that would not be given `objects` by the lists in `given`, in the order in which the
/// terminal answers them: a later list replaces what an earlier one asked for.
void require_objects(const config::Reader& reader, std::string_view key,
                     std::span<const emv::DolEntry> objects, std::initializer_list<const Dol*> given,
                     std::string_view reason) {
    for (const emv::DolEntry& wanted : objects) {
        std::size_t length = 0;
        for (const Dol* dol : given)
            for (const emv::DolEntry& entry : dol->entries)
                if (entry.tag == wanted.tag) length = entry.length;
        if (length != wanted.length)
            reader.fail(key, fmt::format("must ask for tag {} ({}) with {}: {}",
                                         emv::tag_to_string(wanted.tag), emv::find_tag(wanted.tag)->name,
                                         runtime::counted(wanted.length, "octet"), reason));
    }
}

/// The card's lists.
struct Lists {
    Dol pdol, cdol1, cdol2, ddol;
};

/// @param quick the profile has none of them
void check_lists(const ObjectTable& table, const Lists& lists, const AsIs& as_is, bool quick) {
    table.check_list(0x8C, lists.cdol1.octets, quick ? "" : "cdol1", as_is);
    table.check_list(0x8D, lists.cdol2.octets, quick ? "" : "cdol2", as_is);
    table.check_list(0x9F49, lists.ddol.octets, quick ? "" : "ddol", as_is);
}

/// The directory entry has its objects as the file control information has them, also where `fci` made them
/// others; a label it has always (EMV book 1 table 12.3, book B table 3-3).
void describe_entry(Application& application, const std::string& label, const emv::TlvMap& information) {
    constexpr emv::Tag label_tag = 0x50, preferred_name_tag = 0x9F12, priority_tag = 0x87,
                       kernel_tag = 0x9F2A;
    const Bytes* shown_label = information.find(label_tag);
    Bytes entry;
    emv::append_tlv(entry, 0x4F, application.aid);
    emv::append_tlv(entry, label_tag, shown_label ? ByteView(*shown_label) : as_bytes(label));
    const Bytes* preferred_name = application.contactless ? nullptr : information.find(preferred_name_tag);
    if (preferred_name) emv::append_tlv(entry, preferred_name_tag, *preferred_name);
    if (const Bytes* priority = information.find(priority_tag))
        emv::append_tlv(entry, priority_tag, *priority);
    if (application.contactless && !application.contactless->kernel.empty())
        emv::append_tlv(entry, kernel_tag, application.contactless->kernel);
    emv::append_tlv(application.directory_entry, 0x61, entry);
}

std::string label_text(config::Reader& reader) {
    auto label = reader.require("label", reader.text("label"));
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (label.empty() || label.size() > 16 || !std::ranges::all_of(label, printable))
        reader.fail("label", "must be 1 to 16 printable characters");
    return label;
}

std::string language_text(config::Reader& reader) {
    auto languages = reader.text("languages").value_or("");
    const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (languages.size() > 8 || languages.size() % 2 != 0 || !std::ranges::all_of(languages, lower))
        reader.fail("languages", "must be one to four language codes of two small letters, such as \"zhen\"");
    return languages;
}

/// File control information of an application (EMV book 1, table 11.4) and its directory entry.
void describe(config::Reader& reader, Application& application, const AsIs& as_is, const Lists& lists,
              const config::Table* own) {
    const std::string label = label_text(reader);
    const std::string languages = language_text(reader);
    const Bytes& pdol = lists.pdol.octets;
    const Bytes priority{application.priority};
    emv::TlvMap information;
    information.set(0x50, as_bytes(label));
    information.set(0x87, priority);
    if (!languages.empty()) information.set(0x5F2D, as_bytes(languages));
    if (!pdol.empty()) information.set(0x9F38, pdol);
    const ObjectTable laid_over(reader, "fci", as_is, information);
    laid_over.check_removals();
    laid_over.check_list(0x9F38, pdol, "pdol", as_is);
    // What a quick profile inherits was written for contacts.
    if (!application.quick() || !own || own->find("fci"))
        check_lists(laid_over, lists, as_is, application.quick());
    laid_over.refuse(0x84, "is the application's name; write 'aid'");
    Bytes proprietary;
    for (const auto& entry : information.entries()) emv::append_tlv(proprietary, entry.tag, entry.value);
    Bytes fci;
    emv::append_tlv(fci, 0x84, application.aid);
    emv::append_tlv(fci, 0xA5, proprietary);
    emv::append_tlv(application.fci, 0x6F, fci);

    describe_entry(application, label, information);
}

/// Numeric codes of ISO 3166 and ISO 4217 have three digits, in four (format n3).
void check_code(config::Reader& reader, std::string_view key) {
    const auto text = reader.text(key);
    const auto octets = text ? from_hex(*text) : std::nullopt;
    const std::string digits = octets ? to_hex(*octets) : "";
    if (text && (digits.size() != 4 || digits.find_first_not_of("0123456789") != std::string::npos))
        reader.fail(key, "must be a numeric code in four digits, such as \"0156\" for China and CNY");
}

/// The values of the objects that stand in records, before they are laid out.
emv::TlvMap read_data(config::Reader& reader, const Account& account, const AsIs& as_is, const Dol& cdol1,
                      const Dol& cdol2) {
    emv::TlvMap data;
    derive_account_data(account, data);
    data.set(0x8C, cdol1.octets);
    data.set(0x8D, cdol2.octets);
    for (const DataKey& key : data_keys) {
        if (key.tag == country_tag || key.tag == currency_tag) check_code(reader, key.key);
        data.set(key.tag, sized_or(reader, key.key, key.size, key.size, key.customary));
    }
    constexpr emv::Tag cvm_list = 0x8E;
    data.set(cvm_list, sized_or(reader, "cvm_list", 1, 252, customary_cvm_list));
    as_is.check(reader, "cvm_list", cvm_list, emv::cvm_list_fault(data.get(cvm_list)));
    return data;
}

/// A failed CDA takes the bit of the customary issuer action codes that a failed SDA or DDA has there always.
void expect_failed_combination(const config::Reader& reader, emv::TlvMap& data) {
    constexpr std::uint8_t cda_failed = emv::Tvr::cda_failed & 0xFF;
    for (const auto& [key, tag] : {std::pair{"iac_default", 0x9F0Du}, std::pair{"iac_online", 0x9F0Fu}}) {
        if (reader.has(key)) continue;
        Bytes code = *data.find(tag);
        code[0] |= cda_failed;
        data.set(tag, code);
    }
}

constexpr emv::Tag tag_list = 0x9F4A;

/// Certificates go where neither a value nor its absence was asked for.
void add_certificates(const AuthenticationSettings& settings, const std::vector<RecordLayout>& layouts,
                      const Bytes& aip, emv::TlvMap& data, const std::vector<emv::Tag>& taken_off) {
    const auto holds_tag_list = [](const RecordLayout& layout) {
        return std::ranges::find(layout.tags, tag_list) != layout.tags.end();
    };
    const bool with_tag_list = std::ranges::any_of(layouts, holds_tag_list);
    if (with_tag_list && !data.has(tag_list) && std::ranges::find(taken_off, tag_list) == taken_off.end())
        data.set(tag_list, Bytes{0x82});
    const auto authenticated = make_authenticated_records(layouts, data, taken_off);
    emv::TlvMap made;
    settings.certify(authenticated, with_tag_list ? data.get(tag_list) : ByteView{}, {aip[0], aip[1]}, made);
    for (const auto& entry : made.entries())
        if (!data.has(entry.tag) && std::ranges::find(taken_off, entry.tag) == taken_off.end())
            data.set(entry.tag, entry.value);
}

/// What is other than it was for the first cryptogram must be asked for again: without it the card would make
/// the second one over what was.
std::string second_list_fault(const Dol& cdol2, std::span<const emv::DolEntry> of_cryptogram) {
    constexpr emv::Tag response_code = 0x8A, verification_results = 0x95;
    const auto lacks = [](const auto& list, emv::Tag tag) {
        return std::ranges::find(list, tag, &emv::DolEntry::tag) == list.end();
    };
    if (lacks(cdol2.entries, response_code)) return "must ask for 8A (8A02): the card decides by it";
    if (!lacks(of_cryptogram, verification_results) && lacks(cdol2.entries, verification_results))
        return "must ask for 95 (9505) again: the second cryptogram is made over it";
    return {};
}

/// Refuses lists that would not give the card what it makes its cryptogram of.
Lists read_lists(config::Reader& reader, const Application& application, const AsIs& as_is,
                 std::string_view customary_pdol) {
    Lists lists{read_dol(reader, "pdol", customary_pdol), {}, {}, {}};
    const auto objects = objects_of(application.issuer.version);
    constexpr std::string_view of_cryptogram = "the cryptogram is made over it";
    if (application.quick()) {
        require_objects(reader, "pdol", quick_objects, {&lists.pdol}, "the card decides by it, or signs it");
        require_objects(reader, "pdol", objects, {&lists.pdol}, of_cryptogram);
        return lists;
    }
    lists.cdol1 = read_dol(reader, "cdol1", customary_cdol1);
    lists.cdol2 = read_dol(reader, "cdol2", customary_cdol2);
    lists.ddol = read_dol(reader, "ddol", customary_ddol);
    require_objects(reader, "cdol1", objects, {&lists.pdol, &lists.cdol1}, of_cryptogram);
    require_objects(reader, "cdol2", objects, {&lists.pdol, &lists.cdol1, &lists.cdol2}, of_cryptogram);
    as_is.check(reader, "cdol2", 0x8D, second_list_fault(lists.cdol2, objects));
    return lists;
}

/// What `tags` names must be seen somewhere: in a record, or in the answers of a quick profile.
void check_shown(const ObjectTable& tags, const Application& application,
                 const std::vector<RecordLayout>& layouts, bool authenticates, const config::Table* own) {
    std::vector<emv::Tag> shown;
    for (const RecordLayout& layout : layouts)
        shown.insert(shown.end(), layout.tags.begin(), layout.tags.end());
    if (application.quick())
        shown.insert(shown.end(), std::begin(answered_objects), std::end(answered_objects));
    // Certificates and room for signatures come later.
    const config::Value* own_tags = own ? own->find("tags") : nullptr;
    if (!own || own_tags)
        tags.check_shown(shown, authenticates ? shown : std::vector<emv::Tag>(),
                         own_tags ? own_tags->get<config::Table>() : nullptr);
}

/// Lays `tags` over `data`, and what the card has into its records.
void fill_records(config::Reader& reader, Application& application, emv::TlvMap data, const Lists& lists,
                  const std::optional<AuthenticationSettings>& authentication, const AsIs& as_is,
                  const Account& account, const config::Table* own) {
    if (application.authentication.dynamic_data) data.set(0x9F49, lists.ddol.octets);
    if (application.contactless && !application.contactless->drdol_octets.empty())
        data.set(0x9F51, application.contactless->drdol_octets);
    if (application.authentication.combined) expect_failed_combination(reader, data);
    const ObjectTable tags(reader, "tags", as_is, data);
    const auto& taken_off = tags.taken_off();
    if (!application.quick()) check_lists(tags, lists, as_is, false);
    check_same_account(tags, as_is, account, data);
    application.currency = Bytes(data.get(0x9F42).begin(), data.get(0x9F42).end());
    application.country = Bytes(data.get(0x5F28).begin(), data.get(0x5F28).end());
    const auto layouts = read_layouts(reader, authentication.has_value(),
                                      application.quick() ? quick_records() : contact_records());
    check_shown(tags, application, layouts, authentication.has_value(), own);
    if (application.quick()) prepare_quick(reader, application, layouts, taken_off, data);
    if (authentication) add_certificates(*authentication, layouts, application.aip, data, taken_off);
    check_single_objects(layouts, data, taken_off, as_is);
    application.records = make_records(layouts, data, taken_off);
    application.afl = application_file_locator(application.records);
    if (application.afl.empty()) reader.fail("record", "an application has at least one record");
}

}  // namespace

bool Application::authenticates_issuer_by_cdol2() const noexcept {
    constexpr emv::Tag issuer_authentication_data = 0x91;
    return std::ranges::find(cdol2, issuer_authentication_data, &emv::DolEntry::tag) != cdol2.end();
}

Application read_application(config::Reader reader, const Account& card_account, Interface interface,
                             const config::Table* own) {
    Application application;
    if (interface == Interface::contactless)
        application.contactless = read_contactless(reader, application.objects);
    const ProfileCustoms customs =
        customs_of(application.contactless ? application.contactless->profile : Profile::emv);
    const AsIs as_is = AsIs::read(reader, AsIs::Names::objects);
    const Account account = read_account(reader, as_is, &card_account);
    application.pan = account.pan;
    application.aid = reader.require("aid", sized(reader, "aid", 5, 16));
    application.priority = static_cast<std::uint8_t>(reader.integer("priority", 1, 15).value_or(1));
    application.blocked = reader.boolean("blocked").value_or(false);
    application.response_format =
        static_cast<int>(reader.integer("response_format", 1, 2).value_or(customs.response_format));
    if (application.quick() && application.response_format != customs.response_format)
        reader.fail("response_format", "must be 2: quick profiles answer in template 77 alone");
    application.online_required = reader.boolean("online_required").value_or(false);
    application.issuer = read_issuer_keys(reader, account, emv::scheme_of(application.aid));
    if (application.quick() &&
        emv::find_cryptogram_rules(application.issuer.version)->layout == emv::CryptogramRules::Layout::mchip)
        reader.fail("cryptogram_version", "no quick profile has one of M/Chip's");
    const auto authentication = AuthenticationSettings::read(reader, account);
    application.aip = sized_or(reader, "aip", 2, 2, customs.aip);
    if (authentication) {
        if (!reader.has("aip"))
            application.aip[0] |=
                authentication->aip_bits() & (application.quick() ? aip::dynamic_data : 0xFF);
        application.authentication = authentication->authentication();
    }
    check_claims(reader, as_is, application);

    const Lists lists = read_lists(reader, application, as_is, customs.pdol);
    application.pdol = lists.pdol.entries;
    application.cdol1 = lists.cdol1.entries;
    application.cdol2 = lists.cdol2.entries;
    application.ddol = lists.ddol.entries;
    describe(reader, application, as_is, lists, own);
    fill_records(reader, application, read_data(reader, account, as_is, lists.cdol1, lists.cdol2), lists,
                 authentication, as_is, account, own);
    check_mandatory(reader, as_is, application);
    check_answers(reader, application);

    read_risk(reader, application.objects);
    ObjectTable(reader, "objects", as_is, application.objects).check_removals();
    check_objects(reader, application.objects, application.quick());
    // What such a table inherits may take what is wrong in the other alone.
    if (!own || own->find("as_is")) as_is.finish(reader);
    application.as_is = as_is.needed();
    if (own) reader.offer({}, {"aid", "blocked", "risk"});
    reader.finish();
    return application;
}

}  // namespace posbench::card
