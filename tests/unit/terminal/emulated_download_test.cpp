// Downloads of certification authorities' public keys (370 to 372) and of applications (380 to 382).

#include "tests/support/catch.hpp"
#include "tests/unit/terminal/download_entries.hpp"

using namespace posbench;
using namespace posbench::terminal;
using namespace posbench::terminal::testing;
using iso8583::Message;
using trace::Kind;

namespace {

/// Answers 37x and 38x from entries, `page` of a list at a time.
struct Shelf {
    std::vector<Bytes> names, entries;
    std::size_t page = 99;

    void add(const std::vector<Object>& objects, bool is_key) {
        names.push_back(entry(is_key ? std::vector<Object>(objects.begin(), objects.begin() + 2)
                                     : std::vector<Object>(objects.begin(), objects.begin() + 1)));
        entries.push_back(entry(objects));
    }
    Bytes list(ByteView asked) const {
        const auto got = static_cast<std::size_t>(std::stoi(std::string(as_text(asked).substr(1))));
        const std::size_t end = std::min(got + page, names.size());
        Bytes out{got >= names.size()  ? std::uint8_t('0')
                  : end < names.size() ? std::uint8_t('2')
                  : got > 0            ? std::uint8_t('3')
                                       : std::uint8_t('1')};
        for (std::size_t i = got; i < end; ++i) append(out, names[i]);
        return out;
    }
    Bytes one(ByteView name) const {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (!std::ranges::equal(names[i], name)) continue;
            Bytes out{'1'};
            append(out, entries[i]);
            return out;
        }
        return {'0'};
    }
    void serve(ScriptedHost& host) const {
        host.change = [this, &host](Message& reply) {
            const Message& request = host.requests.back();
            if (request.mti() != "0820") return;
            const std::string_view function = request.get(60).substr(8, 3);
            if (function == "370" || function == "380") reply.set(62, list(request.bytes(62)));
            if (function == "371" || function == "381") reply.set(62, one(request.bytes(62)));
        };
    }
    Bytes whole() const {
        Bytes out;
        for (const Bytes& each : entries) append(out, each);
        return out;
    }
};

Shelf three_keys() {
    Shelf shelf;
    shelf.add(rsa_objects(0x80), true);
    shelf.add(sm2_objects(), true);
    shelf.add(rsa_objects(0x81), true);
    return shelf;
}

/// Field 60.3 of all 0820.
std::string functions(const Rig& rig) {
    std::string all;
    for (const Message& request : rig.host.requests)
        if (request.mti() == "0820") all += std::string(request.get(60).substr(8, 3)) + " ";
    return all;
}

const trace::Event& download(Rig& rig, Function function) {
    rig.until_idle();
    rig.application->choose(function);
    rig.until_idle();
    return rig.last(Kind::terminal_outcome);
}

}  // namespace

TEST_CASE("keys are fetched part by part, one by one, and are in force after a power cut (H24)") {
    Rig rig;
    Shelf shelf = three_keys();
    shelf.page = 2;
    shelf.serve(rig.host);
    CHECK(download(rig, Function::authority_keys).text("outcome") == "approved");
    CHECK(rig.shown("下载成功"));
    CHECK(functions(rig) == "370 370 371 371 371 372 ");
    CHECK(rig.flash.read("authority_keys") == shelf.whole());
    rig.power_off();
    rig.power_on();
    rig.until_idle();
    CHECK(rig.all(Kind::terminal_fault).empty());
    auto loaded = *settings();
    REQUIRE_FALSE(apply_download(Download::authority_keys, *rig.flash.read("authority_keys"), loaded));
    CHECK(loaded.authority_keys.size() == 3);
}

TEST_CASE("an application is accepted once it was downloaded, and what was not is not any more (H24)") {
    Rig rig;
    Shelf shelf;
    shelf.add(application_objects("A0000000041010"), false);
    shelf.serve(rig.host);
    CHECK(download(rig, Function::applications).text("outcome") == "approved");
    CHECK(functions(rig) == "380 381 382 ");
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_aid");
    rig.power_off();
    rig.power_on();
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") == "no_aid");
    Shelf another;
    another.add(application_objects("A000000333"), false);
    another.serve(rig.host);
    download(rig, Function::applications);
    rig.host.change = nullptr;
    rig.host.icc = "910A11223344556677883030";
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("reason") != "no_aid");
}

TEST_CASE("an application that was downloaded without the online PIN does not ask for one") {
    for (const char* online_pin : {"00", "01"}) {
        Rig rig;
        rig.reader.cvm_list = "000000000000000002001F00";  // online PIN, else none
        Shelf shelf;
        std::vector<Object> application = without(application_objects(), 0xDF18);
        application.push_back({0xDF18, online_pin});
        shelf.add(application, false);
        shelf.serve(rig.host);
        download(rig, Function::applications);
        rig.start_sale();
        rig.reader.insert();
        CHECK(rig.until_prompt_or_idle("pin") == (online_pin == std::string_view("01")));
    }
}

TEST_CASE("a power cut at any moment of a download leaves the old keys, or has all of the new ones") {
    bool old_seen = false, new_seen = false;
    for (std::uint64_t steps = 1; steps < 100'000; steps += 7) {
        Rig rig;
        const Shelf shelf = three_keys();
        shelf.serve(rig.host);
        rig.until_idle();
        rig.application->choose(Function::authority_keys);
        const bool finished = !rig.run_steps(steps);
        rig.power_off();
        const auto kept = rig.flash.read("authority_keys");
        INFO(steps);
        CHECK((!kept || *kept == shelf.whole()));
        (kept ? new_seen : old_seen) = true;
        rig.power_on();
        rig.until_idle();
        CHECK(rig.all(Kind::terminal_fault).empty());
        if (finished) break;
    }
    CHECK((old_seen && new_seen));
}

TEST_CASE("whatever breaks a download off is told, and the old set stays") {
    struct Case {
        std::string_view at;
        std::string_view field62;  ///< hexadecimal; "code": a refusal; "gone": no connection any more
        std::string_view reason, text;
    };
    for (const Case& each :
         {Case{"370", "gone", "refused", "连接主机被拒绝"}, Case{"371", "gone", "refused", "连接主机被拒绝"},
          Case{"370", "code", "host_code", "交换中心异常"},
          Case{"370", "31", "bad_reply", "下载失败,列表错误"},
          Case{"371", "30", "not_found", "下载失败,主机无此项\n9F0605A0000003339F220180"},
          Case{"371", "31", "bad_reply", "下载失败,公钥数据错误"},
          Case{"371", "319F0605A0000003339F220181", "bad_reply", "下载失败,公钥数据错误"},
          Case{"371", "329F0605A0000003339F220180", "bad_reply", "下载失败,公钥数据错误"}}) {
        INFO(each.at << " " << each.field62);
        Rig rig;
        const Shelf shelf = three_keys();
        shelf.serve(rig.host);
        rig.until_idle();
        rig.host.change = [&, serve = rig.host.change](Message& reply) {
            serve(reply);
            if (rig.host.requests.back().get(60).substr(8, 3) != each.at) return;
            if (each.field62 == "gone")
                rig.host.way = ScriptedHost::Way::refused;
            else if (each.field62 == "code")
                reply.set(39, std::string("96"));
            else
                reply.set(62, hex(each.field62));
        };
        const trace::Event& end = download(rig, Function::authority_keys);
        CHECK(end.text("outcome") != "approved");
        CHECK(end.text("reason") == each.reason);
        CHECK(end.text("text").find(each.text) != std::string_view::npos);
        CHECK(functions(rig).find("372") == std::string::npos);
        CHECK_FALSE(rig.flash.read("authority_keys"));
    }
}

TEST_CASE("a set whose end nobody answers is in force, and the end is told as it was") {
    Rig rig;
    const Shelf shelf = three_keys();
    shelf.serve(rig.host);
    rig.until_idle();
    rig.host.change = [&, serve = rig.host.change](Message& reply) {
        serve(reply);
        if (functions(rig).ends_with("371 371 371 ")) rig.host.way = ScriptedHost::Way::refused;
    };
    CHECK(download(rig, Function::authority_keys).text("reason") == "refused");
    CHECK(rig.flash.read("authority_keys") == shelf.whole());
}

TEST_CASE("a host that has nothing to download is told so, and the old set stays") {
    Rig rig;
    const Shelf empty;
    empty.serve(rig.host);
    const trace::Event& end = download(rig, Function::applications);
    CHECK(end.text("outcome") == "approved");
    CHECK(end.text("text") == "无下载内容");
    CHECK(functions(rig) == "380 382 ");
    CHECK_FALSE(rig.flash.read("applications"));
    rig.host.icc = "910A11223344556677883030";
    rig.chip_sale();
    CHECK(rig.last(Kind::terminal_outcome).text("outcome") == "approved");
}

TEST_CASE("applies-half-download puts in force what came of a download that broke off") {
    for (const bool defect : {false, true}) {
        Rig rig(defect ? "defects = ['applies-half-download']" : "");
        const Shelf shelf = three_keys();
        shelf.serve(rig.host);
        rig.until_idle();
        rig.host.change = [&, serve = rig.host.change](Message& reply) {
            serve(reply);
            if (functions(rig).ends_with("371 371 ")) reply.set(62, hex("30"));
        };
        CHECK(download(rig, Function::authority_keys).text("reason") == "not_found");
        CHECK(rig.flash.read("authority_keys").has_value() == defect);
    }
}

TEST_CASE("what the header of replies wants is fetched before the next transaction, each once (H24)") {
    Rig rig;
    rig.until_idle();
    Shelf keys = three_keys();
    keys.serve(rig.host);
    rig.host.requirement = 4;
    rig.stripe_sale();
    CHECK(functions(rig) == "370 371 371 371 372 ");
    CHECK(rig.count(Kind::terminal_outcome, "transaction", "authority_keys") == 1);
    rig.host.requirement = 0;
    rig.stripe_sale();
    CHECK(rig.host.count("0820") == 5);

    // A host that is never content: applications after keys after applications.
    rig.host.requirement = 5;
    rig.host.change = [&, serve = rig.host.change](Message& reply) {
        serve(reply);
        if (functions(rig).ends_with("372 ")) rig.host.requirement = 5;
        if (functions(rig).ends_with("380 ")) reply.set(62, hex("30"));
        if (functions(rig).ends_with("382 ")) rig.host.requirement = 4;
    };
    rig.stripe_sale();
    CHECK(functions(rig) == "370 371 371 371 372 380 382 370 371 371 371 372 ");
}

TEST_CASE("a MAC that a download's answer need not have must be right when it has one") {
    Rig rig;
    const Shelf shelf = three_keys();
    shelf.serve(rig.host);
    rig.until_idle();
    rig.host.change = [serve = rig.host.change](Message& reply) {
        serve(reply);
        reply.set(64, hex("3030303030303030"));
    };
    const trace::Event& end = download(rig, Function::authority_keys);
    CHECK(end.text("reason") == "mac");
    CHECK(end.text("text") == "解包校验不符");
    CHECK_FALSE(rig.flash.read("authority_keys"));
}

TEST_CASE("a damaged set in the flash is found at the start, and nothing is sold on it") {
    for (const char* cell : {"authority_keys", "applications"}) {
        Rig rig;
        rig.until_idle();
        rig.power_off();
        rig.flash.write({{cell, hex("9F0605A0000003")}});
        rig.power_on();
        rig.until_idle();
        CHECK(rig.last(Kind::terminal_fault).text("detail") == cell);
        CHECK(rig.shown("存储数据损坏"));
    }
}
