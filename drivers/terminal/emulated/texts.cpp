#include "drivers/terminal/emulated/texts.hpp"

#include <array>
#include <cstddef>

#include "drivers/protocols/iso8583/codes.hpp"

namespace posbench::terminal {
namespace {

struct Entry {
    Text text;
    std::string_view zh, en;
};

constexpr std::array table{
    Entry{Text::starting, "系统启动中", "STARTING"},
    Entry{Text::idle, "欢迎使用银联卡\n请按消费键", "WELCOME\nPRESS SALE"},
    Entry{Text::signing_in, "正在签到,请稍候", "SIGNING IN"},
    Entry{Text::signed_in, "签到成功", "SIGNED IN"},
    Entry{Text::key_download_failed, "下载工作密钥失败", "KEY DOWNLOAD FAILED"},
    Entry{Text::sign_in_first, "请先签到", "SIGN IN FIRST"},
    Entry{Text::enter_amount, "请输入金额", "ENTER AMOUNT"},
    Entry{Text::amount_zero, "金额不能为零", "AMOUNT IS ZERO"},
    Entry{Text::amount_too_large, "金额超限", "AMOUNT TOO LARGE"},
    Entry{Text::present_card, "请插卡或刷卡", "INSERT OR SWIPE CARD"},
    Entry{Text::swipe_again, "刷卡错误,请重刷", "READ ERROR, SWIPE AGAIN"},
    Entry{Text::use_chip, "该卡为芯片卡\n请插卡交易", "CHIP CARD\nPLEASE INSERT"},
    Entry{Text::chip_failed, "插卡故障\n请检查方向重插,或刷卡",
          "CHIP NOT READ\nCHECK SIDE, INSERT AGAIN OR SWIPE"},
    Entry{Text::reading, "正在读卡,请勿拔卡", "READING, LEAVE CARD IN"},
    Entry{Text::remove_card, "请取走卡片", "REMOVE CARD"},
    Entry{Text::enter_pin, "请输入密码", "ENTER PIN"},
    Entry{Text::pin_length, "密码长度错误", "PIN TOO SHORT"},
    Entry{Text::connecting, "正在连接中", "CONNECTING"},
    Entry{Text::waiting, "已连接银联中心\n正在处理,请稍候", "CONNECTED\nPROCESSING"},
    Entry{Text::reversing, "正在冲正,请稍候", "REVERSING"},
    Entry{Text::reversal_failed, "冲正不成功", "REVERSAL FAILED"},
    Entry{Text::printing, "正在打印", "PRINTING"},
    Entry{Text::cancelled, "交易取消", "CANCELLED"},
    Entry{Text::no_input, "操作超时", "NO INPUT"},
    Entry{Text::read_error, "刷卡错误", "CARD NOT READ"},
    Entry{Text::expired_card, "该卡已过期", "CARD EXPIRED"},
    Entry{Text::no_common_application, "无此AID", "CARD NOT ACCEPTED"},
    Entry{Text::card_blocked, "卡片已锁定", "CARD BLOCKED"},
    Entry{Text::card_removed, "卡片已拔出,交易终止", "CARD REMOVED"},
    Entry{Text::chip_error, "插卡故障", "CARD FAULT"},
    Entry{Text::card_declined, "交易拒绝", "DECLINED BY CARD"},
    Entry{Text::connect_timed_out, "连接主机超时", "CONNECT TIME-OUT"},
    Entry{Text::connect_refused, "连接主机被拒绝", "HOST REFUSES CONNECTION"},
    Entry{Text::network_down, "网络异常", "NETWORK DOWN"},
    Entry{Text::no_reply, "通讯超时", "NO REPLY"},
    Entry{Text::connection_lost, "通讯中断", "CONNECTION LOST"},
    Entry{Text::bad_reply, "解包错误", "REPLY UNREADABLE"},
    Entry{Text::mismatch_tpdu, "解包TPDU不符", "REPLY: WRONG TPDU"},
    Entry{Text::mismatch_mti, "解包消息码不符", "REPLY: WRONG TYPE"},
    Entry{Text::mismatch_processing_code, "解包处理码不符", "REPLY: WRONG PROCESSING CODE"},
    Entry{Text::mismatch_stan, "解包流水号不符", "REPLY: WRONG STAN"},
    Entry{Text::mismatch_tid, "解包终端号不符", "REPLY: WRONG TERMINAL"},
    Entry{Text::mismatch_mid, "解包商户号不符", "REPLY: WRONG MERCHANT"},
    Entry{Text::mismatch_amount, "解包交易金额不符", "REPLY: WRONG AMOUNT"},
    Entry{Text::mac_wrong, "解包校验不符", "REPLY: WRONG MAC"},
    Entry{Text::journal_full, "交易笔数已满,请结算", "JOURNAL FULL, SETTLE"},
    Entry{Text::storage_damaged, "存储数据损坏", "STORAGE DAMAGED"},
    Entry{Text::enter_voucher, "请输入原凭证号", "ENTER VOUCHER NUMBER"},
    Entry{Text::enter_reference, "请输入原参考号", "ENTER REFERENCE NUMBER"},
    Entry{Text::enter_date, "请输入原交易日期(MMDD)", "ENTER ORIGINAL DATE (MMDD)"},
    Entry{Text::enter_auth_code, "请输入授权码", "ENTER AUTHORISATION CODE"},
    Entry{Text::enter_refund, "请输入退货金额", "ENTER REFUND AMOUNT"},
    Entry{Text::enter_new_amount, "请输入调整后金额", "ENTER NEW AMOUNT"},
    Entry{Text::enter_tip, "请输入小费", "ENTER TIP"},
    Entry{Text::enter_card_number, "请输入卡号", "ENTER CARD NUMBER"},
    Entry{Text::enter_expiry, "请输入有效期(年月)", "ENTER EXPIRY YYMM"},
    Entry{Text::card_number_wrong, "卡号有误", "WRONG CARD NUMBER"},
    Entry{Text::enter_key_component_1, "请输入主密钥分量1", "ENTER MASTER KEY COMPONENT 1"},
    Entry{Text::enter_key_component_2, "请输入主密钥分量2", "ENTER MASTER KEY COMPONENT 2"},
    Entry{Text::key_check_value, "校验值", "CHECK VALUE"},
    Entry{Text::master_key_loaded, "主密钥装载成功", "MASTER KEY LOADED"},
    Entry{Text::master_key_wrong, "主密钥无效", "NO VALID MASTER KEY"},
    Entry{Text::load_master_key_first, "请先装载主密钥", "LOAD MASTER KEY FIRST"},
    Entry{Text::enter_operator, "请输入操作员号", "ENTER OPERATOR NUMBER"},
    Entry{Text::enter_password, "请输入操作员密码", "ENTER PASSWORD"},
    Entry{Text::enter_supervisor_password, "请输入主管密码", "ENTER SUPERVISOR PASSWORD"},
    Entry{Text::password_wrong, "密码错误", "WRONG PASSWORD"},
    Entry{Text::operator_unknown, "操作员不存在", "NO SUCH OPERATOR"},
    Entry{Text::terminal_locked, "密码错误次数超限,终端已锁定\n请主管登录",
          "TOO MANY WRONG PASSWORDS, LOCKED\nSUPERVISOR MUST LOG IN"},
    Entry{Text::log_in_first, "请先登录", "LOG IN FIRST"},
    Entry{Text::logged_in, "登录成功", "LOGGED IN"},
    Entry{Text::logged_out, "已退出登录", "LOGGED OUT"},
    Entry{Text::confirm_void, "撤销该笔交易?", "VOID THIS TRANSACTION?"},
    Entry{Text::original_unknown, "无此交易", "NO SUCH TRANSACTION"},
    Entry{Text::original_voided, "该笔交易已撤销", "ALREADY VOIDED"},
    Entry{Text::original_refunded, "该笔交易已退货", "ALREADY REFUNDED"},
    Entry{Text::original_changed, "该笔交易已调整", "ALREADY ADJUSTED"},
    Entry{Text::refund_waits, "退货未得应答,将自动重发\n请勿重复退货",
          "REFUND NOT ANSWERED, WILL BE SENT AGAIN\nDO NOT REFUND TWICE"},
    Entry{Text::refund_repeats, "正在重发退货,请稍候", "REPEATING REFUND"},
    Entry{Text::refund_answered, "前笔退货: ", "EARLIER REFUND: "},
    Entry{Text::card_differs, "卡号与原交易不符", "NOT THE CARD OF THE ORIGINAL"},
    Entry{Text::amount_unchanged, "金额未改变", "AMOUNT IS THE SAME"},
    Entry{Text::balance, "可用余额", "BALANCE"},
    Entry{Text::settling, "正在结算,请稍候", "SETTLING"},
    Entry{Text::uploading, "正在批上送,请稍候", "UPLOADING BATCH"},
    Entry{Text::settled, "结算成功", "SETTLED"},
    Entry{Text::settled_differs, "对账不平\n批上送完成", "TOTALS DIFFER\nBATCH UPLOADED"},
    Entry{Text::settlement_open, "结算未完成,请重新结算", "SETTLEMENT NOT FINISHED, SETTLE AGAIN"},
    Entry{Text::nothing_to_print, "无可打印的交易", "NOTHING TO PRINT"},
    Entry{Text::reprinted, "重打印完成", "PRINTED AGAIN"},
    Entry{Text::signing_off, "正在签退,请稍候", "SIGNING OFF"},
    Entry{Text::signed_off, "签退成功", "SIGNED OFF"},
    Entry{Text::testing_line, "正在测试线路", "TESTING LINE"},
    Entry{Text::line_works, "线路测试成功", "LINE WORKS"},
    Entry{Text::downloading, "正在下载,请稍候", "DOWNLOADING"},
    Entry{Text::downloaded, "下载成功", "DOWNLOADED"},
    Entry{Text::download_failed, "下载失败", "DOWNLOAD FAILED"},
    Entry{Text::nothing_to_download, "无下载内容", "NOTHING TO DOWNLOAD"},
    Entry{Text::list_malformed, "下载失败,列表错误", "DOWNLOAD FAILED, LIST UNREADABLE"},
    Entry{Text::entry_missing, "下载失败,主机无此项", "DOWNLOAD FAILED, HOST LACKS ENTRY"},
    Entry{Text::key_malformed, "下载失败,公钥数据错误", "DOWNLOAD FAILED, PUBLIC KEY UNREADABLE"},
    Entry{Text::key_check_failed, "下载失败,公钥校验错", "DOWNLOAD FAILED, PUBLIC KEY CHECK SUM"},
    Entry{Text::application_malformed, "下载失败,应用参数错误", "DOWNLOAD FAILED, APPLICATION UNREADABLE"},
    Entry{Text::not_supported, "终端不支持该功能", "NOT SUPPORTED"},
    Entry{Text::not_accepted, "不接受此卡", "NOT ACCEPTED"},
    Entry{Text::wrong_pin, "密码错,剩余次数: ", "INCORRECT PIN, TRIES LEFT: "},
    Entry{Text::last_pin_try, "最后一次输入机会", "LAST PIN TRY"},
    Entry{Text::pin_tries_exceeded, "密码输入次数超限", "PIN TRIES EXCEEDED"},
    Entry{Text::pin_right, "密码正确", "PIN OK"},
    Entry{Text::choose_application, "请选择应用", "CHOOSE APPLICATION"},
    Entry{Text::confirm_application, "请确认应用", "CONFIRM APPLICATION"},
    Entry{Text::tap_again, "请重新挥卡", "PRESENT CARD AGAIN"},
    Entry{Text::one_card_only, "请出示一张卡", "PRESENT ONE CARD ONLY"},
    Entry{Text::insert_card, "请插卡", "PLEASE INSERT CARD"},
    Entry{Text::present_any_card, "请挥卡/插卡/刷卡", "TAP, INSERT OR SWIPE CARD"},
    Entry{Text::reading_in_field, "正在读卡,请勿移开卡片", "READING, HOLD CARD STILL"},
    Entry{Text::card_read, "读卡成功,请移开卡片", "CARD READ, TAKE IT AWAY"},
    Entry{Text::contactless_reader_dead, "非接读卡器故障\n请插卡或刷卡",
          "CONTACTLESS READER FAULT\nINSERT OR SWIPE CARD"},
    Entry{Text::battery_low, "电量低,请充电", "BATTERY LOW, CHARGE"},
    Entry{Text::too_warm, "温度过高", "TOO HOT"},
    Entry{Text::sim_absent, "SIM卡不存在", "NO SIM CARD"},
    Entry{Text::sim_locked, "检查SIM卡", "CHECK SIM CARD"},
    Entry{Text::searching_network, "正在查找网络", "SEARCHING NETWORK"},
    Entry{Text::weak_signal, "信号太弱", "SIGNAL TOO WEAK"},
    Entry{Text::no_carrier, "网络无载波", "NO CARRIER"},
    Entry{Text::radio_disconnected, "已断开无线网络", "WIRELESS DISCONNECTED"},
    Entry{Text::no_antenna, "未检测到天线", "NO ANTENNA"},
    Entry{Text::no_paper, "打印机缺纸", "PRINTER: NO PAPER"},
    Entry{Text::printer_open, "打印机盖未合", "PRINTER: COVER OPEN"},
    Entry{Text::printer_hot, "打印头过热", "PRINTER: HEAD TOO HOT"},
    Entry{Text::printer_broken, "打印机故障", "PRINTER FAULT"},
    Entry{Text::print_again, "按确认键重打印", "PRESS CONFIRM TO PRINT AGAIN"},
    Entry{Text::chip_reader_dead, "芯片读卡器故障\n请刷卡", "CHIP READER FAULT\nSWIPE CARD"},
    Entry{Text::stripe_reader_dead, "磁条读卡器故障\n请插卡", "STRIPE READER FAULT\nINSERT CARD"},
    Entry{Text::readers_dead, "读卡器故障", "CARD READERS FAULT"},
    Entry{Text::key_stuck, "按键故障", "KEY STUCK"},
    Entry{Text::storage_full, "存储空间已满,请结算", "STORAGE FULL, SETTLE"},
    Entry{Text::tampered, "终端已被触发\n请联系厂家", "TERMINAL TAMPERED\nCONTACT MANUFACTURER"},
    Entry{Text::certificate_expired, "主机证书已过期", "HOST CERTIFICATE EXPIRED"},
    Entry{Text::certificate_not_yet_valid, "主机证书未生效", "HOST CERTIFICATE NOT YET VALID"},
    Entry{Text::certificate_of_another, "主机证书名称不符", "CERTIFICATE OF ANOTHER HOST"},
    Entry{Text::certificate_unknown, "主机证书不可信", "HOST CERTIFICATE NOT TRUSTED"},
    Entry{Text::tls_failed, "安全连接失败", "SECURE CONNECTION FAILED"},
    Entry{Text::scan_code, "请扫描付款码", "SCAN THE PAYMENT CODE"},
    Entry{Text::scan_code_again, "付款码有误,请重扫", "NO PAYMENT CODE, SCAN AGAIN"},
    Entry{Text::code_unreadable, "付款码有误", "NO PAYMENT CODE"},
    Entry{Text::code_shown, "请顾客扫码付款", "CUSTOMER, PLEASE SCAN AND PAY"},
    Entry{Text::order_waiting, "等待顾客付款", "WAITING FOR THE CUSTOMER"},
    Entry{Text::order_asking, "正在查询付款结果,请稍候", "ASKING FOR THE RESULT"},
    Entry{Text::order_closing, "正在关闭订单,请稍候", "CLOSING THE ORDER"},
    Entry{Text::order_closed, "未付款,订单已关闭", "NOT PAID, ORDER CLOSED"},
    Entry{Text::order_pending, "付款结果未知,请查询\n请勿重复收款",
          "RESULT UNKNOWN, WILL BE ASKED FOR\nDO NOT CHARGE AGAIN"},
    Entry{Text::order_answered, "前笔扫码付款: ", "EARLIER CODE PAYMENT: "},
};

constexpr bool in_order() {
    for (std::size_t i = 0; i < table.size(); ++i)
        if (static_cast<std::size_t>(table[i].text) != i) return false;
    return table.size() == static_cast<std::size_t>(Text::count_);
}
static_assert(in_order(), "the table lists every text once, in the order of the enumeration");

}  // namespace

std::string_view say(Text text, Language language) noexcept {
    const Entry& entry = table[static_cast<std::size_t>(text)];
    return language == Language::zh ? entry.zh : entry.en;
}

bool is_for_cardholder(Text text) noexcept {
    switch (text) {
        case Text::enter_pin:
        case Text::pin_length:
        case Text::wrong_pin:
        case Text::last_pin_try:
        case Text::pin_tries_exceeded:
        case Text::pin_right:
        case Text::waiting:
        case Text::card_declined:
        case Text::not_accepted:
        case Text::balance:
        case Text::remove_card:
        case Text::tap_again:
        case Text::one_card_only:
        case Text::insert_card:
        case Text::reading_in_field:
        case Text::card_read:
            return true;
        default:
            return false;
    }
}

std::string show_amount(const Amount& amount) {
    const std::string text = amount.to_string();  // "12.34 CNY"
    const std::size_t blank = text.rfind(' ');
    const std::string_view unit = amount.currency() == cny ? "RMB" : std::string_view(amount.currency().code);
    return std::string(unit) + " " + text.substr(0, blank);
}

std::string_view say_code(std::string_view code, Language language) noexcept {
    const iso8583::ResponseCode& entry = iso8583::find_response_code(code);
    return language == Language::zh ? entry.text : entry.meaning;
}

}  // namespace posbench::terminal
