#include "drivers/card/image_description.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "bench/runtime/ascii.hpp"
#include "bench/trace/mask.hpp"
#include "drivers/card/emulated/image.hpp"
#include "drivers/card/transaction_log.hpp"
#include "drivers/protocols/crypto/check_value.hpp"
#include "drivers/protocols/crypto/crypto.hpp"

namespace posbench::card {
namespace {

/// Chooses between the two languages, and makes lines of what is no data object.
class Words {
  public:
    explicit Words(ImageLanguage language) : chinese_(language == ImageLanguage::chinese) {}

    std::string operator()(std::string_view english, std::string_view chinese) const {
        return std::string(chinese_ ? chinese : english);
    }
    emv::Line fact(std::string_view english, std::string_view chinese, std::string value) const {
        return {0, {}, (*this)(english, chinese), std::move(value)};
    }
    std::string joined(const std::vector<std::string>& words) const {
        return fmt::format("{}", fmt::join(words, chinese_ ? "、" : ", "));
    }

  private:
    bool chinese_;
};

/// By the cipher that the application uses its keys with.
std::string check_value(emv::CryptogramVersion version, ByteView key) {
    const bool sm4 = emv::find_cryptogram_rules(version)->cipher == emv::CryptogramRules::Cipher::sm4;
    return sm4 ? fmt::format("{} (SM4)", to_hex(crypto::sm4_check_value(key)))
               : fmt::format("{} (triple DES)", to_hex(crypto::key_check_value(key)));
}

bool is_alphanumeric(char c) noexcept {
    return runtime::is_digit(c) || runtime::is_letter(c);
}

/// Sentinels and separators stay; of what stands first, six and four digits; of the rest nothing.
std::string masked_track(std::string_view track) {
    const std::size_t begin = std::min(track.find_first_of("0123456789"), track.size());
    const std::string_view rest = track.substr(begin);
    const auto length =
        static_cast<std::size_t>(std::ranges::find_if_not(rest, runtime::is_digit) - rest.begin());
    std::string shown(track);
    std::ranges::replace_if(shown, is_alphanumeric, '*');
    constexpr std::size_t shortest_pan = 13;
    if (length >= shortest_pan) shown.replace(begin, length, trace::mask_pan(rest.substr(0, length)));
    return shown;
}

/// What `as_is` takes outside of the applications: "atr", "pan of [account]".
std::vector<std::string> wrong_of_card(const config::Value& settings) {
    std::vector<std::string> wrong;
    const auto add = [&](const config::Value* table, std::string_view where) {
        const config::Value* list = table ? table->get<config::Table>()->find("as_is") : nullptr;
        if (!list) return;
        for (const config::Value& word : *list->get<config::Array>())
            wrong.push_back(*word.get<std::string>() + std::string(where));
    };
    add(&settings, "");
    add(settings.get<config::Table>()->find("account"), " of [account]");
    add(settings.get<config::Table>()->find("stripe"), " of [stripe]");
    return wrong;
}

ImageSection describe_card(const CardImage& image, const config::Value& settings, emv::Secrets secrets,
                           const Words& words) {
    ImageSection section{"Card", "卡片", image.name, {}};
    const auto told = [](const AnswerToReset& atr) {
        return fmt::format("{} (T={})", to_hex(atr.octets), atr.read.protocol());
    };
    section.lines.push_back(words.fact("answer to reset", "复位应答", told(image.atr)));
    if (image.atr_warm.octets != image.atr.octets)
        section.lines.push_back(words.fact("to a warm reset", "热复位应答", told(image.atr_warm)));
    if (!image.ats.empty())
        section.lines.push_back(words.fact("answer to select", "选择应答（ATS）", to_hex(image.ats)));
    if (!image.chip)
        section.lines.push_back(words.fact("chip", "芯片", words("none that answers", "无应答")));
    if (image.blocked)
        section.lines.push_back(words.fact("blocked", "已锁定", words("by its issuer", "由发卡行")));
    if (const auto wrong = wrong_of_card(settings); !wrong.empty())
        section.lines.push_back(
            words.fact("wrong on purpose (as_is)", "故意的错误（as_is）", words.joined(wrong)));
    const std::string pin =
        secrets == emv::Secrets::clear ? image.pin : "****";  // its length is nobody's either
    section.lines.push_back(words.fact("PIN", "密码", image.pin.empty() ? words("none", "无") : pin));
    section.lines.push_back(words.fact("PIN tries", "密码可试次数", fmt::format("{}", image.pin_tries)));
    const std::string directory = image.directory ? words("yes", "有") : words("no", "无");
    if (!image.applications.empty())
        section.lines.push_back(words.fact("directory 1PAY.SYS.DDF01", "目录 1PAY.SYS.DDF01", directory));
    if (!image.contactless.empty())
        section.lines.push_back(words.fact("directory 2PAY.SYS.DDF01", "目录 2PAY.SYS.DDF01", directory));
    return section;
}

std::optional<std::string> text_in(const config::Table& table, std::string_view key) {
    const config::Value* value = table.find(key);
    const auto* text = value ? value->get<std::string>() : nullptr;
    return text ? std::optional(*text) : std::nullopt;
}

/// The text of one key of the application's table [application.NAME], or of its contactless part.
std::optional<std::string> text_of(const config::Value& settings, const Application& application,
                                   std::string_view key) {
    const config::Value* all = settings.get<config::Table>()->find("application");
    for (const auto& entry : all->get<config::Table>()->entries()) {
        const auto* table = entry.value.get<config::Table>();
        const auto octets = from_hex(text_in(*table, "aid").value_or(""));
        if (!octets || *octets != application.aid) continue;
        const config::Value* own = application.contactless ? table->find("contactless")
                                   : application.is_sm     ? table->find("sm")
                                                           : nullptr;
        if (own)
            if (auto text = text_in(*own->get<config::Table>(), key)) return text;
        return text_in(*table, key);
    }
    return std::nullopt;
}

std::string_view version_in_words(emv::CryptogramVersion version) {
    switch (version) {
        case emv::CryptogramVersion::unionpay_01:
            return "01 (UnionPay)";
        case emv::CryptogramVersion::unionpay_01_sm4:
            return "01 (UnionPay, SM4)";
        case emv::CryptogramVersion::visa_10:
            return "10 (hex 0A; Visa)";
        case emv::CryptogramVersion::visa_17:
            return "17 (hex 11; Visa, contactless)";
        case emv::CryptogramVersion::visa_18:
            return "18 (hex 12; Visa)";
        case emv::CryptogramVersion::mchip_10:
            return "10 (M/Chip)";
        case emv::CryptogramVersion::mchip_11:
            return "11 (M/Chip, counters)";
        case emv::CryptogramVersion::mchip_14:
            return "14 (M/Chip, common session key)";
        case emv::CryptogramVersion::mchip_15:
            return "15 (M/Chip, common session key, counters)";
    }
    return "";
}

/// A quick profile has fDDA alone, and that when its AIP says so (EMV book C-3 annex C, PBOC 3.0 part 12).
std::vector<std::string> authentication_methods(const Application& application) {
    const Authentication& own = application.authentication;
    std::vector<std::string> methods;
    if (application.quick()) {
        const bool claimed = (application.aip.at(0) & aip::dynamic_data) != 0;
        if (own.dynamic_data && claimed) methods.emplace_back("fDDA");
        return methods;
    }
    if (own.static_data) methods.emplace_back("SDA");
    if (own.dynamic_data) methods.emplace_back("DDA");
    if (own.combined) methods.emplace_back("CDA");
    return methods;
}

/// What is wrong on purpose in what this application has: a record holds it, or it signs.
std::vector<std::string> wrong_parts(const Application& application, bool makes_signatures) {
    emv::TlvMap held;
    for (const Record& record : application.records)
        if (const auto list = emv::parse_tlv(record.octets)) held.absorb(*list);
    const bool sda = held.has(0x93), icc_certificate = held.has(0x9F46);
    std::vector<std::string> wrong;
    for (const std::string& part : application.authentication.wrong) {
        const bool there = part == "issuer_certificate"  ? held.has(0x90)
                           : part == "card_certificate"  ? icc_certificate
                           : part == "pin_certificate"   ? held.has(0x9F2D)
                           : part == "static_signature"  ? sda
                           : part == "static_data"       ? sda || icc_certificate
                           : part == "dynamic_signature" ? makes_signatures
                                                         : true;
        if (there) wrong.push_back(part);
    }
    return wrong;
}

/// Which methods, with keys of which length, and what is wrong on purpose.
emv::Lines describe_authentication(const Application& application, const Words& words) {
    const Authentication& own = application.authentication;
    const std::vector<std::string> methods = authentication_methods(application);
    const bool signs = own.card_key && (application.quick() ? own.dynamic_data : true);
    emv::Lines lines;
    lines.push_back(words.fact("offline data authentication", "脱机数据认证",
                               methods.empty() ? words("none", "无") : words.joined(methods)));
    if (signs) lines.push_back(words.fact("card key", "卡片密钥", crypto::describe(*own.card_key)));
    if (own.pin_key && !application.quick())  // no VERIFY in a quick profile
        lines.push_back(words.fact("enciphered PIN offline", "脱机密文密码",
                                   own.pin_key.get() == std::get_if<crypto::RsaPrivateKey>(own.card_key.get())
                                       ? words("with the card key", "用卡片密钥")
                                       : words("with a key of its own", "用专用密钥")));
    const bool makes_signatures = own.dynamic_data || (own.combined && !application.quick());
    if (const auto wrong = wrong_parts(application, makes_signatures); !wrong.empty())
        lines.push_back(words.fact("wrong on purpose", "故意的错误", words.joined(wrong)));
    if (!application.as_is.empty())
        lines.push_back(
            words.fact("wrong on purpose (as_is)", "故意的错误（as_is）", words.joined(application.as_is)));
    return lines;
}

emv::Lines describe_keys(const Application& application, const config::Value& settings,
                         const config::Value& key_names, const Words& words) {
    const std::string name = text_of(key_names, application, "issuer_key").value_or("");
    const auto key = from_hex(text_of(settings, application, "issuer_key").value_or(""));
    const std::string check = words(", check value ", "，校验值 ");
    emv::Lines lines;
    lines.push_back(words.fact(
        "issuer master key", "发卡行主密钥",
        fmt::format("{}{}{}", name.starts_with('@') ? name : words("in the image", "在映像中"), check,
                    key && !key->empty() ? check_value(application.issuer.version, *key)
                                         : words("unknown", "未知"))));
    lines.push_back(
        words.fact("card key derived from it", "由其分散的卡片密钥",
                   fmt::format("{}{}", words("check value ", "校验值 "),
                               check_value(application.issuer.version, application.issuer.cryptogram))));
    lines.push_back(words.fact("key index", "密钥索引", fmt::format("{:02X}", application.issuer.key_index)));
    lines.push_back(words.fact("cryptogram version", "密文版本号",
                               std::string(version_in_words(application.issuer.version))));
    lines.push_back(
        words.fact("issuer scripts", "发卡行脚本",
                   application.issuer.mac
                       ? fmt::format(fmt::runtime(words("taken, secure messaging format {}, MAC of {} octets",
                                                        "接受，安全报文格式 {}，MAC {} 字节")),
                                     application.issuer.messaging_format, application.issuer.mac_size)
                       : words("not taken", "不接受")));
    return lines;
}

std::string verification_methods(const Contactless& settings, const Words& words) {
    std::vector<std::string> methods;
    if (settings.online_pin) methods.push_back(words("online PIN", "联机密码"));
    if (settings.online_pin_abroad)
        methods.push_back(words("online PIN in other currencies", "其他货币联机密码"));
    if (settings.signature) methods.push_back(words("signature", "签名"));
    return methods.empty() ? words("none", "无") : words.joined(methods);
}

std::string approval(const Contactless& settings, const Words& words) {
    if (settings.low_value && settings.cumulative)
        return words("from the balance, and within the limits", "余额内及限额内");
    if (settings.low_value) return words("from the balance", "余额内");
    return settings.cumulative ? words("within the limits", "限额内") : words("never", "从不");
}

/// How the application behaves over the field.
emv::Lines describe_contactless(const Contactless& settings, const emv::Reading& reading,
                                const Words& words) {
    emv::Lines lines;
    lines.push_back(words.fact("profile", "规范", std::string(profile_name(settings.profile))));
    if (!settings.kernel.empty()) append(lines, emv::describe_object(0x9F2A, settings.kernel, reading));
    if (settings.quick()) {
        append(lines, emv::describe_object(quick_tag::qualifiers, settings.qualifiers, reading));
        lines.push_back(
            words.fact("cardholder verification", "持卡人验证", verification_methods(settings, words)));
        lines.push_back(words.fact("approves offline", "脱机批准", approval(settings, words)));
    }
    if (settings.profile == Profile::mastercard)
        lines.push_back(
            words.fact("torn answers kept", "保存的中断应答", fmt::format("{}", settings.torn_records)));
    return lines;
}

std::uint8_t log_file_of(const Application& application) {
    emv::TlvMap objects;
    if (const auto fci = emv::parse_tlv(application.fci)) objects.absorb(*fci);
    return log_file(objects.get(log_entry_tag));
}

/// Templates object by object, records of the transaction log by the log format 9F4F.
emv::Lines describe_record(const Record& record, const Application& application,
                           const emv::Reading& reading) {
    if (record.sfi != log_file_of(application)) return emv::describe_tlv(record.octets, reading, 1);
    const auto format = emv::parse_dol(application.objects.get(log_format_tag));
    return describe_log_record(format ? *format : std::vector<emv::DolEntry>(),
                               "the card tells no format 9F4F", record.octets, reading, 1);
}

ImageSection describe_application(const Application& application, const config::Value& settings,
                                  const config::Value& key_names, emv::Secrets secrets, const Words& words) {
    ImageSection section =
        application.contactless ? ImageSection{"Contactless application", "非接触应用", {}, {}}
        : application.is_sm
            ? ImageSection{"Application for terminals with SM algorithms", "国密终端应用", {}, {}}
            : ImageSection{"Application", "应用", {}, {}};
    const emv::Reading reading(secrets, emv::scheme_of(application.aid));
    if (const auto fci = emv::parse_tlv(application.fci)) {
        emv::TlvMap objects;
        objects.absorb(*fci);
        section.name = as_text(objects.get(0x50));
    }
    append(section.lines, emv::describe_tlv(application.fci, reading));
    append(section.lines, emv::describe_object(0x82, application.aip, reading));
    append(section.lines, emv::describe_object(0x94, application.afl, reading));
    section.lines.push_back(words.fact("answers in", "应答格式",
                                       application.response_format == 1
                                           ? words("format 1 (template 80)", "格式 1（模板 80）")
                                           : words("format 2 (template 77)", "格式 2（模板 77）")));
    if (application.online_required)
        section.lines.push_back(words.fact("always asks to go online", "总是请求联机", words("yes", "是")));
    if (application.blocked)
        section.lines.push_back(words.fact("blocked", "已锁定", words("by its issuer", "由发卡行")));
    append(section.lines, describe_keys(application, settings, key_names, words));
    append(section.lines, describe_authentication(application, words));
    if (application.contactless)
        append(section.lines, describe_contactless(*application.contactless, reading, words));
    for (const auto& entry : application.objects.entries())
        append(section.lines, emv::describe_object(entry.tag, entry.value, reading));
    for (const Record& record : application.records) {
        section.lines.push_back(words.fact(
            fmt::format("SFI {}, record {}", record.sfi, record.number),
            fmt::format("SFI {}，记录 {}", record.sfi, record.number),
            fmt::format(fmt::runtime(words("<{} bytes>", "<{} 字节>")), record.octets.size()) +
                (record.in_locator ? "" : words(", not in the file locator", "，不在文件定位器中"))));
        append(section.lines, describe_record(record, application, reading));
    }
    return section;
}

ImageSection describe_stripe(const Stripe& stripe, emv::Secrets secrets, const Words& words) {
    ImageSection section{"Stripe", "磁条", {}, {}};
    for (std::size_t i = 0; i < stripe.tracks.size(); ++i) {
        const std::string& track = stripe.tracks[i];
        std::string shown = secrets == emv::Secrets::clear ? track : masked_track(track);
        if (track.empty()) shown = words("not encoded", "未写");
        if (stripe.faulty[i] && !stripe.fault_names.empty())
            shown += fmt::format("  {}: {}", words("damaged", "损坏"), words.joined(stripe.fault_names));
        section.lines.push_back(
            words.fact(fmt::format("track {}", i + 1), fmt::format("磁道 {}", i + 1), std::move(shown)));
    }
    section.lines.push_back(words.fact("speed", "速度", fmt::format("{} mm/s", stripe.hand.mm_per_s)));
    return section;
}

ImageSection describe_faults(const CardImage& image, const Words& words) {
    ImageSection section{"Fault programme", "故障程序", {}, {}};
    for (const FaultRule& rule : image.faults)
        section.lines.push_back(words.fact(fmt::format("rule {}", rule.number),
                                           fmt::format("规则 {}", rule.number), describe_fault(rule)));
    return section;
}

}  // namespace

std::vector<ImageSection> describe_image(const config::Value& settings, const config::Value& key_names,
                                         emv::Secrets secrets, ImageLanguage language) {
    const Words words(language);
    const CardImage image = read_card_image(settings);
    std::vector<ImageSection> sections{describe_card(image, settings, secrets, words)};
    for (const auto* list : {&image.applications, &image.contactless})
        for (const Application& application : *list) {
            sections.push_back(describe_application(application, settings, key_names, secrets, words));
            if (application.with_sm)
                sections.push_back(
                    describe_application(*application.with_sm, settings, key_names, secrets, words));
        }
    sections.push_back(describe_stripe(image.stripe, secrets, words));
    if (!image.faults.empty()) sections.push_back(describe_faults(image, words));
    return sections;
}

}  // namespace posbench::card
