#include "drivers/terminal/emulated/download_objects.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace posbench::terminal {
namespace {

constexpr std::string_view bad_reply = "bad_reply";

// ---- keys

constexpr emv::Tag modulus = 0xDF02, check_sum = 0xDF03, exponent = 0xDF04, hash_algorithm = 0xDF06,
                   signature_algorithm = 0xDF07;
// Algorithm indicators of EMV book 2 annex B, and of PBOC 3.0 part 17.
constexpr std::uint8_t sha1 = 0x01, rsa = 0x01, sm3 = 0x07, sm2 = 0x04;

constexpr std::array key_forms{
    ObjectForm{tag::listed_name, 5, 5, true},
    ObjectForm{tag::listed_index, 1, 1, true},
    ObjectForm{tag::listed_expiry, 8, 8},
    ObjectForm{hash_algorithm, 1, 1, true},
    ObjectForm{signature_algorithm, 1, 1, true},
    ObjectForm{modulus, 64, crypto::rsa_most_size, true},
    ObjectForm{exponent, 1, 3},
    ObjectForm{check_sum, 20, 20},
};

using KeyResult = Result<crypto::PublicKey, DownloadFault>;

KeyResult read_rsa(const emv::AuthorityKeyName& name, const emv::TlvMap& objects, const Defects& defects) {
    auto key = crypto::RsaPublicKey::from_components(objects.get(modulus), objects.get(exponent));
    if (!key) return DownloadFault{bad_reply, Text::key_malformed, place_of(objects, modulus)};
    const bool right = std::ranges::equal(emv::check_sum(name, *key), objects.get(check_sum));
    if (!right && !defects.has(Defect::takes_unchecked_key))
        return DownloadFault{"key_check", Text::key_check_failed, place_of(objects, check_sum)};
    return crypto::PublicKey(*std::move(key));
}

KeyResult read_sm2(const emv::TlvMap& objects) {
    for (const emv::Tag of_rsa : {exponent, check_sum})
        if (objects.has(of_rsa))
            return DownloadFault{bad_reply, Text::key_malformed, place_of(objects, of_rsa)};
    const ByteView point = objects.get(modulus);
    crypto::Block32 x{}, y{};
    const bool whole = point.size() == x.size() + y.size();
    if (whole) {
        std::ranges::copy(point.first(x.size()), x.begin());
        std::ranges::copy(point.last(y.size()), y.begin());
    }
    auto key = crypto::Sm2PublicKey::from_coordinates(x, y);
    if (!whole || !key) return DownloadFault{bad_reply, Text::key_malformed, place_of(objects, modulus)};
    return crypto::PublicKey(*std::move(key));
}

/// "20391231".
std::optional<std::chrono::year_month_day> read_day(ByteView octets) {
    int number = 0;
    for (const std::uint8_t octet : octets) {
        if (octet < '0' || octet > '9') return std::nullopt;
        number = number * 10 + (octet - '0');
    }
    const std::chrono::year_month_day day{std::chrono::year(number / 10000),
                                          std::chrono::month(static_cast<unsigned>(number / 100 % 100)),
                                          std::chrono::day(static_cast<unsigned>(number % 100))};
    return day.ok() ? std::optional(day) : std::nullopt;
}

// ---- applications

constexpr emv::Tag exact_name = 0xDF01, version = 0x9F08, tac_default = 0xDF11, tac_online = 0xDF12,
                   tac_denial = 0xDF13, floor_limit = 0x9F1B, threshold = 0xDF15, max_target = 0xDF16,
                   target = 0xDF17, default_ddol = 0xDF14, online_pin = 0xDF18, ecash_limit = 0x9F7B,
                   contactless_floor = 0xDF19, contactless_transaction = 0xDF20, contactless_cvm = 0xDF21;

constexpr std::array application_forms{
    ObjectForm{tag::listed_name, 5, 16, true},
    ObjectForm{exact_name, 1, 1, true},
    ObjectForm{version, 2, 2},
    ObjectForm{tac_default, 5, 5},
    ObjectForm{tac_online, 5, 5},
    ObjectForm{tac_denial, 5, 5},
    ObjectForm{floor_limit, 4, 4},
    ObjectForm{threshold, 4, 4},
    ObjectForm{max_target, 1, 1},
    ObjectForm{target, 1, 1},
    ObjectForm{default_ddol, 0, 252},
    ObjectForm{online_pin, 1, 1},
    ObjectForm{ecash_limit, 6, 6},
    ObjectForm{contactless_floor, 6, 6},
    ObjectForm{contactless_transaction, 6, 6},
    ObjectForm{contactless_cvm, 6, 6},
};

/// Takes the objects of an application; the first that cannot be is remembered.
class ApplicationObjects {
  public:
    ApplicationObjects(const emv::TlvMap& objects, const Currency& currency)
        : objects_(objects), currency_(currency) {}

    std::optional<emv::Tag> wrong() const noexcept { return wrong_; }
    void refuse(emv::Tag tag) {
        if (!wrong_) wrong_ = tag;
    }

    template <std::size_t Size>
    void octets(emv::Tag tag, std::array<std::uint8_t, Size>& out) const {
        if (const Bytes* value = objects_.find(tag)) std::ranges::copy(*value, out.begin());
    }
    /// 00 or 01.
    std::optional<bool> flag(emv::Tag tag) {
        const Bytes* value = objects_.find(tag);
        if (!value) return std::nullopt;
        if (value->front() > 0x01) refuse(tag);
        return value->front() == 0x01;
    }
    /// Four octets, binary.
    void binary_amount(emv::Tag tag, Amount& out) const {
        const Bytes* value = objects_.find(tag);
        if (!value) return;
        std::int64_t minor = 0;
        for (const std::uint8_t octet : *value) minor = minor << 8 | octet;
        out = Amount(minor, currency_);
    }
    std::optional<Amount> amount(emv::Tag tag) {
        const auto number = digits(tag);
        return number ? std::optional(Amount(*number, currency_)) : std::nullopt;
    }
    void percentage(emv::Tag tag, int& out) {
        if (const auto number = digits(tag)) out = static_cast<int>(*number);
    }

  private:
    /// Packed decimal digits.
    std::optional<std::int64_t> digits(emv::Tag tag) {
        const Bytes* value = objects_.find(tag);
        if (!value) return std::nullopt;
        std::int64_t number = 0;
        for (const std::uint8_t octet : *value) {
            if (octet >> 4 > 9 || (octet & 0x0F) > 9) refuse(tag);
            number = number * 100 + (octet >> 4) * 10 + (octet & 0x0F);
        }
        return number;
    }

    const emv::TlvMap& objects_;
    const Currency& currency_;
    std::optional<emv::Tag> wrong_;
};

/// EMV book 3 clause 10.6.2: a threshold at most the floor limit, a target at most the largest.
void take_risk(ApplicationObjects& objects, AcceptedApplication& application) {
    objects.octets(tac_default, application.tac_default);
    objects.octets(tac_online, application.tac_online);
    objects.octets(tac_denial, application.tac_denial);
    objects.binary_amount(floor_limit, application.floor_limit);
    objects.binary_amount(threshold, application.threshold);
    objects.percentage(target, application.target_percentage);
    application.max_target_percentage = application.target_percentage;
    objects.percentage(max_target, application.max_target_percentage);
    if (application.threshold > application.floor_limit) objects.refuse(threshold);
    if (application.max_target_percentage < application.target_percentage) objects.refuse(max_target);
}

void take_contactless(ApplicationObjects& objects, const Currency& currency,
                      AcceptedApplication& application) {
    const auto floor = objects.amount(contactless_floor),
               transaction = objects.amount(contactless_transaction), cvm = objects.amount(contactless_cvm);
    if (!floor && !transaction && !cvm) return;
    if (!transaction) return objects.refuse(contactless_transaction);
    if (!cvm) return objects.refuse(contactless_cvm);
    application.contactless = {*transaction, floor.value_or(Amount(0, currency)), *cvm};
}

}  // namespace

std::string place_of(const emv::TlvMap& objects, emv::Tag object) {
    std::string place;
    for (const emv::Tag of_name : {tag::listed_name, tag::listed_index})
        if (objects.has(of_name)) place += to_hex(objects.get(of_name)) + ' ';
    return place + emv::tag_to_string(object);
}

Result<emv::TlvMap, DownloadFault> read_objects(ByteView octets, std::span<const ObjectForm> forms,
                                                Text text) {
    const auto list = emv::parse_tlv(octets);
    if (!list) return DownloadFault{bad_reply, text};
    emv::TlvMap objects;
    for (const emv::Tlv& object : *list) {
        const auto form = std::ranges::find(forms, object.tag, &ObjectForm::tag);
        const bool fits = form != forms.end() && object.value.size() >= form->least &&
                          object.value.size() <= form->most && !objects.has(object.tag);
        if (!fits) return DownloadFault{bad_reply, text, place_of(objects, object.tag)};
        objects.set(object.tag, object.value);
    }
    for (const ObjectForm& form : forms)
        if (form.required && !objects.has(form.tag))
            return DownloadFault{bad_reply, text, place_of(objects, form.tag)};
    return objects;
}

Result<emv::AuthorityKey, DownloadFault> read_authority_key(ByteView octets, const Defects& defects) {
    const auto objects = read_objects(octets, key_forms, Text::key_malformed);
    if (!objects) return objects.error();
    const auto wrong = [&](emv::Tag object) {
        return DownloadFault{bad_reply, Text::key_malformed, place_of(*objects, object)};
    };
    emv::AuthorityKeyName name;
    std::ranges::copy(objects->get(tag::listed_name), name.rid.begin());
    name.index = objects->get(tag::listed_index).front();
    std::optional<std::chrono::year_month_day> expires;
    if (objects->has(tag::listed_expiry)) {
        expires = read_day(objects->get(tag::listed_expiry));
        if (!expires) return wrong(tag::listed_expiry);
    }
    const std::uint8_t algorithm = objects->get(signature_algorithm).front();
    if (algorithm != rsa && algorithm != sm2) return wrong(signature_algorithm);
    if (objects->get(hash_algorithm).front() != (algorithm == rsa ? sha1 : sm3)) return wrong(hash_algorithm);
    auto key = algorithm == rsa ? read_rsa(name, *objects, defects) : read_sm2(*objects);
    if (!key) return key.error();
    return emv::AuthorityKey{name, *std::move(key), expires};
}

Result<AcceptedApplication, DownloadFault> read_application(ByteView octets, const Currency& currency) {
    const auto objects = read_objects(octets, application_forms, Text::application_malformed);
    if (!objects) return objects.error();
    ApplicationObjects taken(*objects, currency);
    AcceptedApplication application;
    application.aid = *objects->find(tag::listed_name);
    application.floor_limit = application.threshold = Amount(0, currency);
    application.partial = !taken.flag(exact_name).value_or(false);
    taken.octets(version, application.version);
    take_risk(taken, application);
    if (const Bytes* list = objects->find(default_ddol)) {
        application.default_ddol = *list;
        if (!emv::parse_dol(*list)) taken.refuse(default_ddol);
    }
    application.online_pin = taken.flag(online_pin).value_or(application.online_pin);
    taken.amount(ecash_limit);
    take_contactless(taken, currency, application);
    if (taken.wrong())
        return DownloadFault{bad_reply, Text::application_malformed, place_of(*objects, *taken.wrong())};
    return application;
}

}  // namespace posbench::terminal
