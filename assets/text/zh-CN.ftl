# 收银员能看到的每一句话，简体中文。与 en.ftl 的键相同，有测试比对。

window-title = 核销 hexiao
window-title-practice = 核销 hexiao – 练习

# 按钮与输入框
code-label = 券码
code-hint = 扫码、输入或粘贴券码
look-up = 查询
consume = 核销
consume-twice = 核销（按两次）
consume-again = 再按一次核销
consuming = 正在核销…
clear = 清空
ask-again = 重新查询
language-other = 繁體中文
camera-label = 摄像头
camera-none = 没有摄像头
camera-off = 关闭摄像头
camera-starting = 正在打开摄像头…
camera-refresh = 查找摄像头
drop-here = 把券码图片拖到这里
keys-hint = { $consume } 核销 · { $clear } 清空 · { $again } 重新查询 · { $field } 输入券码

# 收银台
till-line = { $till }
till-line-cashier = { $till } · { $cashier }
opening = 正在打开收银台…
open-failed = 收银台打不开
waiting-next = 下一张：{ $code }（清空这一张后查询）

# 练习
practice-banner = 练习模式：这里的一切都不是真的。请扫描、输入或点击一张示例券。
practice-samples = 示例券
practice-qr = 显示 { $code } 的二维码
practice-qr-title = 请对准摄像头，或用扫码枪扫描
close = 关闭
welcome-title = 欢迎
welcome-text = 现在是练习：本程序自带一个平台，券的每一种状态都能试到。马上试试，或连接您的商户账号。
welcome-practise = 先练习
welcome-connect = 连接账号
welcome-take-over = 从另一台接收

# 连接账号
connect-title = 连接您的账号
connect-how = 本收银台怎样取得访问令牌？
connect-appid-way = AppID 和 AppSecret
connect-service-way = 本商户的令牌服务
connect-appid = AppID
connect-secret = AppSecret
connect-service-url = 令牌服务地址
connect-bearer = 令牌服务的密钥（如需要）
connect-base-url = 平台地址
connect-till = 收银台名称
connect-cashier = 收银员
connect-test = 测试并保存
connect-testing = 正在测试…
connect-cancel = 取消
connect-kept-store = 已保存。密钥存放在系统的密钥库中。
connect-kept-file = 已保存。本系统没有密钥库，密钥存放在只有您能读取的文件中。
connect-failed = 没有保存：{ $why }
connect-missing = 请填写{ $field }。
connect-busy = 正在核销，请等它完成。

# 各阶段
idle-title = 就绪
idle-text = 请扫描顾客的券码
looking-up = 正在查询平台…
usable = 可用
refused = 不可用
in-doubt = 请稍候
in-doubt-text = 这张券上一次核销的结果还在确认中。请勿重复操作，结果会自动出现。
accepted = 已核销
accepted-text = 完成，请给顾客优惠。
rejected = 未核销
rejected-settled = 平台没有核销这张券，券保持原样。请重新查询。
rejected-already = 这次没有核销：这张券之前已经核销过，见账本第 { $number } 号。
rejected-not-sent = 没有向平台发送任何请求，券保持原样。{ $why }
rejected-out-of-date = 这台电脑写入账本太慢，或中途休眠，平台的答复已经过时。请重新查询；如仍不行，请告诉电脑的管理人员。
rejected-look-again = 请重新查询。
unknown = 结果未知
unknown-text = 没有收到平台的答复。程序会一直询问，直到有结果。请先接待下一位顾客，不要用其他方式核销这张券。
not-on-disk = 这个结果暂时无法写入账本。请先手工记下，清理磁盘空间，不要关闭程序：它会继续尝试。
not-recorded = 没有发送
not-recorded-text = 账本无法写入，因此没有向平台发送任何请求，券保持原样。请检查磁盘是否已满，然后重新查询。
not-recorded-in-doubt = 这张券上一次核销的结果还没有确认，因此没有向平台发送任何请求。只要发起核销的程序还在运行，结果会自动出现；如果一直这样，请关闭本机上所有的 hexiao，再重新启动。
not-recorded-just-accepted = 这张券刚刚已在本机核销，没有再向平台发送任何请求。请重新查询。
not-recorded-damaged = 账本已损坏，因此没有向平台发送任何请求，券保持原样。请把账本移到一边，启用新账本，并把旧账本交给管备份的人。
not-recorded-displaced = 程序运行期间，账本文件被移走、删除或替换，因此没有向平台发送任何请求，券保持原样。请把文件放回原处，或关闭程序后重新启动。
not-a-coupon = 不是券码
lookup-failed = 查询失败

# 不可用的原因
reason-consumed = 这张券已经核销过了。
reason-expired = 已过有效期。
reason-not_yet_valid = 还没到使用时间。
reason-gifting = 顾客正在转赠给朋友。朋友领取或退回之后才能使用。
reason-gift_timeout = 转赠超时无人领取。顾客可在微信里取回。
reason-deleted = 顾客已删除这张券。
reason-unavailable = 商户已将这张券作废。
reason-wrong_kind = 这是会员卡，只需出示，不能核销。
reason-cannot_consume = 平台表示现在不能核销，但没有说明原因。
reason-unknown_status = 平台返回了本程序不认识的状态：“{ $status }”。请询问店主。
short-usable = 可以使用
short-not-yet-valid = 未到可用时间
short-cannot-consume = 平台不允许

# 扫到的不是券
refusal-empty = 没有扫到内容。
refusal-payment = 这是付款码。请让顾客出示券码：我 › 卡包。
refusal-link = 这是一个链接，里面没有券。请让顾客出示券码。
refusal-set-up = 这是另一台收银台的设置码，不是券。要用它设置本机，请打开“设置 › 其他收银台”。
refusal-too-long = 内容比券码长。请重新扫描，或请顾客出示券码。
refusal-illegal-characters = 含有券码里不会出现的字符。请重新扫描。

# 故障：发生了什么，该怎么做
trouble-unreachable = 连不上平台。请检查网线或 Wi-Fi，然后重新查询。
trouble-untrusted = 应答的不是平台，因此没有发送任何内容。如果这台电脑上网需要登录，请先登录；并检查电脑的日期和时间是否正确，然后重试。
trouble-no-answer = 平台没有及时答复。请重新查询。
trouble-nonsense = 答复无法识别。如果这台电脑上网需要登录，请先登录，然后重新查询。
trouble-account = 本收银台无法访问平台。请告诉店主：账号设置需要检查。
class-token = 平台拒绝了本收银台的访问。请重新查询；如仍不行，请告诉店主。
class-wait = 平台繁忙。请等一分钟再查询。
class-unknown = 平台繁忙，没有明确答复。请重新查询。
class-already-consumed = 这张券已经核销过了。
class-cannot-be-used = 这张券不能使用。
class-wrong-code = 平台不认识这个券码。请核对，或请顾客重新打开券：转赠会改变券码。
class-configuration = 账号设置需要检查。请告诉店主（错误 { $errcode }）。
class-off-path = 平台的答复出乎意料。请告诉店主（错误 { $errcode }）。
errcode-line = 平台答复：{ $errcode } { $message }
platform--1 = 平台繁忙。请稍等片刻，然后重新查询。
platform-40001 = 平台拒绝了本收银台的访问：密钥不对，或有其他程序在更新令牌。请告诉店主。
platform-40013 = AppID 不对。请告诉店主。
platform-40056 = 平台不认识这个券码：输错、已转赠，或属于其他商户。请顾客重新打开券。
platform-40071 = 这种卡不能核销。
platform-40073 = 这个券码所属的卡券不存在。请告诉店主。
platform-40075 = 链接里的券码无法解码：已损坏，或属于其他商户。请顾客出示券码。
platform-40099 = 这张券已经核销过了。
platform-40116 = 平台不认识这个券码。请重新扫描。
platform-40125 = AppSecret 不对。请告诉店主。
platform-40127 = 顾客已删除或正在转赠这张券，或者券已过期、已作废。
platform-40147 = 现在这个时段不能使用。请看使用须知。
platform-40164 = 本收银台的网络地址不在账号的白名单里。请告诉店主（错误 40164）。
platform-40243 = AppSecret 已被冻结。请告诉店主。
platform-43018 = 朋友的券要先锁定才能核销，本程序做不到。
platform-45009 = 账号今天的调用次数已用完。请告诉店主；明天之前无法查询。
platform-45011 = 一分钟内查询太多。请等一分钟再查询。
platform-50004 = 商户账号受到限制。请告诉店主。
platform-61004 = 本收银台的网络地址没有登记。请告诉店主（错误 61004）。
platform-72020 = 已达到使用次数上限。
platform-89503 = 需要账号管理员确认本收银台的访问。请告诉店主。

# 结果之下最大的字
large-from = { $date } 起可用
large-until = 有效期至 { $date }
large-consumed = { $date } 已核销
written-off-at = { $till } · 第 { $number } 号
written-off-by = { $till } · { $cashier } · 第 { $number } 号
details = 详情
details-close = 结果

# 券的详情
detail-title = 名称
detail-number = 编号
detail-time = 时间
detail-brand = 商户
logo-of = { $brand } 的标志
detail-code = 券码
detail-validity = 有效期
detail-status = 状态
detail-card = 卡券
detail-owner = 持有人
detail-worth = 优惠内容
detail-notice = 提示
detail-conditions = 使用须知
detail-with-others = 同享
detail-accepts = 适用
detail-rejects = 不适用
detail-hours = 时段
detail-shops = 门店
terms-with-others = 可与其他优惠同享
terms-alone = 不与其他优惠同享
terms-shops = 仅限商户的 { $count } 家门店，请确认本店在内
day-MONDAY = 周一
day-TUESDAY = 周二
day-WEDNESDAY = 周三
day-THURSDAY = 周四
day-FRIDAY = 周五
day-SATURDAY = 周六
day-SUNDAY = 周日
day-HOLIDAY = 节假日
value-cash-least = 减 { $reduce } · 满 { $least } 可用
value-cash = 减 { $reduce }
value-discount = { $fold } 折
validity-between = { $begin } 至 { $end }（北京时间）
validity-from = { $begin } 起（北京时间）
validity-until = { $end } 止（北京时间）
validity-always = 永久有效
phase-before = { $time }后开始
phase-inside = 还剩 { $time }
phase-after = 已过 { $time }
format-date-time = %Y年%-m月%-d日 %H:%M
format-in-list = %Y/%m/%d %H:%M
format-moment = %Y年%-m月%-d日 %H:%M:%S
time-days = { $count } 天
time-hours = { $count } 小时
time-minutes = { $count } 分钟
status-NORMAL = 正常
status-CONSUMED = 已核销
status-EXPIRE = 已过期
status-GIFTING = 转赠中
status-GIFT_TIMEOUT = 转赠超时
status-DELETE = 已删除
status-UNAVAILABLE = 已失效
status-other = “{ $word }”（未知）
kind-GROUPON = 团购券
kind-CASH = 代金券
kind-DISCOUNT = 折扣券
kind-GIFT = 兑换券
kind-GENERAL_COUPON = 优惠券
kind-MEMBER_CARD = 会员卡
kind-other = { $word }

# 最近的核销
latest-title = 最近的核销
latest-none = 还没有。
latest-unsettled = 有 { $count } 笔核销的结果还在确认
latest-unread = 核销账本读不出来，因此无法核销。请让程序开着，它会不断重试。如果一直这样，请检查磁盘。
latest-unwritten = 有 { $count } 个结果暂时无法写入磁盘
latest-word-open = 进行中
latest-word-unknown = 结果未知
latest-word-accepted = 已核销
latest-word-rejected = 未核销

# 摄像头
camera-error-none = 没有找到摄像头。请用扫码枪，或输入券码。
camera-error-not-found = 摄像头“{ $name }”不在。请插上，或另选一个。
camera-error-busy = 另一个程序正在使用摄像头。请关闭那个程序，本程序会自动重试。
camera-error-denied = 系统不允许本程序使用摄像头。请在系统的隐私设置里允许。
camera-error-gone = 摄像头被拔掉了。请重新插上，会自动识别。
camera-error-frozen = 摄像头没有画面。请拔下再插上。
camera-error-hung = 摄像头驱动没有响应。请把摄像头拔下再插上。
camera-error-stuck = 摄像头一直是同一幅画面，正在自动重新启动。如果一直这样，请拔下再插上。
camera-error-unreachable = { $name } 没有摄像头应答。请打开手机上的摄像头应用，并确认手机和收银机在同一网络。
camera-error-no-stream = { $name } 上应答的不是摄像头。请使用手机应用显示的视频地址，并关闭其密码。
camera-error-unsupported = 无法读取这个摄像头的画面。请另选一个。
camera-error-pictures = 无法读取这些图片。
camera-error-other = 摄像头不能用。请拔下再插上，或改用扫码枪。
picture-nothing = 图片里没有找到码。请把手机放正、靠近，或输入券码。
picture-unreadable = 打不开这张图片。支持 PNG、JPEG、WebP 和 BMP。

# 对准提示，显示在画面上，越短越好
camera-mirror = 镜像
found-payment = 付款码
found-set-up = 设置码
found-other = 不是券
hint-covered = 画面全黑，镜头被挡住了吗？
hint-dark = 太暗，请调亮手机屏幕
hint-bright = 太亮或反光，请把手机斜一点
hint-cut-off = 码不完整，请移到画面中间
hint-far = 太远，请靠近一点
hint-moving = 请拿稳别动
hint-blurred = 没有对焦，请拿远一点
hint-faint = 颜色太淡，请调亮手机屏幕

# 串口扫码枪
serial-error-missing = 串口 { $port } 上没有扫码枪。请插上，程序会自动找到。
serial-error-denied = 系统不允许本程序使用扫码枪的串口 { $port }，请电脑管理员放行。
serial-error-busy = 另一个程序正在使用扫码枪的串口 { $port }。请关闭它，本程序会自动重试。
serial-error-other = 扫码枪的串口 { $port } 不能用。请把扫码枪拔下再插上。

# 账本
ledger-damaged = 核销账本已损坏，因此无法核销。原文件没有改动。请把它移到一边，启用新账本，并把旧文件交给管备份的人。
ledger-unusable = 核销账本打不开，因此无法核销。请检查磁盘和文件夹，然后重新启动程序。
ledger-newer = 账本由更新版本的程序写成。请启动那个版本。
ledger-set-aside = 移到一边，启用新账本
ledger-not-set-aside = 核销账本没能移开，未做任何更改。请关闭这台电脑上其他的 hexiao，然后再试。（{ $why }）
ledger-was-set-aside = 旧账本现在是 { $file }。
open-failed-settings = 设置文件读不出来，请管设置的人改正；文件内容没有改动。
open-failed-till = 按现有设置无法使用账号或密钥。请重新连接账号，或联系管设置的人。
open-again = 重试
connect-not-reached = 连不上平台。请检查地址和网络，然后重新测试。
fonts-missing = No font with Chinese characters was found. Install one, for instance fonts-noto-cjk.
closing-waits = 这一笔核销完成后关闭…

# 页面
page-counter = 收银
page-history = 记录
page-settings = 设置

# 设置
language-english = English
language-simplified-chinese = 简体中文
language-traditional-chinese = 繁體中文
settings-language = 语言
settings-theme = 颜色
settings-theme-system = 跟随系统
settings-theme-light = 浅色
settings-theme-dark = 深色
settings-theme-contrast = 高对比度
settings-text-size = 文字大小
settings-not-saved = 没有保存：{ $why }
settings-till = 收银台
settings-account = 账号
settings-scanning = 扫码
settings-look = 语言和外观
settings-privacy = 隐私
settings-computer = 本机
settings-yes = 是
settings-no = 否
settings-needed = 不能为空。
settings-too-long = 太长了，请缩短。
settings-wrong-characters = 含有看不见的字符，请重新输入。
settings-cards = 自定义券码的卡券
settings-cards-how = 每行一个卡券 ID。单凭扫到的券码看不出属于哪张卡券，会按这里的顺序逐个尝试。
settings-wrong-card = 卡券 ID 由不超过 32 个英文字母、数字和符号组成，请改正或删去不对的一个。
settings-too-many-cards = 卡券太多，请只保留在用的。
settings-camera-how = 放到摄像头前的码会在这里框出，并在收银页查询。
settings-autofocus = 自动对焦
settings-exposure = 曝光时间
settings-torch = 补光灯
settings-camera-decides = 由摄像头决定
settings-camera-cannot = 这个摄像头没有这项功能，或不接受这个设置；其余照常使用。
settings-camera-address = 把手机当摄像头：地址
settings-wrong-address = 请写手机应用显示的视频地址：http://…
settings-prefix = 扫码枪在券码前加的字符
settings-suffix = 扫码枪在券码后加的字符
settings-try-scanner = 试一试：点击这里再扫码
settings-tried-code = 读到 { $code }
settings-port = 扫码枪的串口
settings-port-how = 像键盘一样输入的扫码枪不用填。
settings-port-opening = 正在打开串口…
settings-port-open = 串口已打开。扫一下试试，会出现在收银页。
settings-baud = 串口速率（波特）
settings-wrong-baud = 请写 300 到 921600 的整数，一般是 9600。
settings-no-account = 现在是练习。连接账号之前，这里的一切都不是真的。
settings-connect = 连接账号…
settings-test-account = 测试
settings-change-account = 重新连接…
settings-account-works = 账号可以使用。
settings-data-folder = 数据：账本、日志、密钥
settings-file = 设置文件
settings-open-folder = 打开文件夹
settings-folder-not-opened = 文件夹打不开：{ $why }
settings-mask-codes = 券码只显示末尾几位
settings-mask-owners = 持有人只显示末尾几位
settings-mask-how = 防止路人看到屏幕上的内容。账本和导出文件里仍是完整的。

# 按键卡
keys = 按键
key-card-title = 按键说明
key-card-scan = 查询输入的券码；扫码枪会自动发送
key-card-consume = 核销这张券
key-card-clear = 清空；在其他页面则回到收银台
key-card-ask-again = 重新查询这张券
key-card-details = 使用须知与全部详情，再按返回
key-card-keys = 这张卡片
key-card-code = 回到收银台，输入券码
key-card-history = 记录
key-card-settings = 设置
key-card-full-screen = 全屏，再按返回

# 按键各做什么
settings-keys = 按键
settings-keys-how = 先点“更改”，再按一个功能键（F1 至 F24）。按 Esc 则保持原样；清空也可以用 Esc。
settings-keys-change = 更改
settings-keys-waits = 请按键…
settings-keys-of = { $button }：{ $what }
settings-keys-unfit = 只能选择功能键 F1 至 F24，其他键要用来输入券码。请按其他键。
settings-keys-taken = { $key } 已用于“{ $other }”。请按其他键，或先更改那一项的键。
settings-keys-usual = 全部恢复默认

# 收银台的设置
settings-counter = 核销与声音
settings-press-twice = 核销需按两次
settings-press-twice-none = 都不需要
settings-press-twice-every = 每张券
settings-press-twice-from = { $worth } 起
settings-press-twice-how = 代金券写明面额。查不到卡券信息的券也需按两次；折扣券、兑换券等只在“每张券”时才需要。
settings-volume = 声音
settings-volume-off = 关闭
settings-try-sounds = 试听
settings-sound-attention = 需要留意
settings-flash = 整个窗口以结果的颜色闪一次

# 记录
page-history-write-offs = 核销记录
page-history-shift = 班次
history-search = 券码、卡券、收银员，或日期：2026-11-24
history-found = 共 { $count } 条
history-searching = 已找到 { $count } 条…
history-looking = 正在查找…
history-nothing = 没有符合条件的核销记录。
history-days-all = 全部日期
history-days-today = 今天
history-days-yesterday = 昨天
history-days-week = 近 7 天
history-outcome-any = 全部结果
history-show-all = 全部显示
history-what-to-do = 请保持程序打开：它会一直向平台查询，直到有结果。在此之前请勿用其他方式核销该券。
history-trouble = 核销记录读写失败，收银台不受影响。（{ $why }）
history-title = 卡券
history-worth = 面值
history-till = 收银台
history-cashier = 收银员
history-shift = 班次
history-course = 经过
history-not-written = 时间未记录
history-step-pressed = 按下核销，发送前已记录
history-step-sent = 已发送到平台
history-step-unknown = 没有明确答复
history-step-accepted = 已核销
history-step-rejected = 未核销
worth-not-recorded = 未记录

# 班次
shift-open = 开班
shift-close = 交班
shift-is-open = { $cashier }，{ $time } 开班
shift-none-open = 目前没有开班。
shift-none-yet = 还没有任何班次。
shift-still-open = 进行中
shift-earlier = ‹ 上一班
shift-later = 下一班 ›
shift-line = 第 { $number } 班 · { $till } · { $cashier } · { $from } – { $until }
shift-cash-sum = 代金券合计
shift-counted = 其中 { $count } 张为礼品、折扣等券，只计张数，不计入合计金额。
shift-not-recorded = 其中 { $count } 张未记录面值，不计入合计金额。
shift-by-hour = 按小时（北京时间）
shift-by-card = 按卡券
shift-card-not-known = 卡券未知

# 保存文件
save-csv = 保存为 CSV
save-json = 保存为 JSON
saving-rows = { $count } 行…
saved = 已保存到 { $file }
saved-not = 没有保存任何文件。
saved-failed = 没有保存：{ $why }
save-pdf = 保存为 PDF
shift-report = 班次报表

# 窗口、PIN 和本机
already-open = 程序已经打开，就是这个窗口。
crashed-before = 程序之前出过故障。报告在 { $file }，没有发送到任何地方。
kiosk-stays = 本收银台保持打开。要关闭程序，请到设置的“本机”。
lock-title = 请输入 PIN
lock-try = 打开
lock-delete = 删除
lock-wrong = PIN 不对。
settings-full-screen = 全屏 ({ $key })
settings-kiosk = 专用机：防止误关窗口
settings-kiosk-how = { $key } 和关闭按钮都无效，只能在这里关闭。设置了 PIN 时需要输入 PIN。
settings-end = 关闭程序
settings-keep-awake = 程序打开时不让屏幕休眠
settings-autostart = 开机后自动打开本程序
settings-pin = 设置和记录的 PIN
settings-pin-again = 再输一次
settings-pin-set = 设置 PIN
settings-pin-remove = 取消 PIN
settings-pin-is-set = 已设置 PIN。
settings-pin-how = 4 到 12 位数字。忘记时，请从设置文件里删去 pin 一行。
settings-wrong-pin = PIN 是 4 到 12 位数字。
settings-pin-differs = 两次输入的不一样。
lock-wait = PIN 不对，请 { $count } 秒后再试。

# 顾客屏
customer-title = 顾客屏
customer-practice = （练习：都不是真的）
customer-welcome = 请出示优惠券的二维码
customer-how = 请把屏幕调亮，对准摄像头，拿稳。
customer-wait = 请稍候
customer-thanks = 谢谢光临
customer-ask = 请询问收银员。
customer-open-coupon = 请打开优惠券本身：我 › 卡包。
settings-customer = 顾客屏
settings-customer-window = 给顾客看的窗口
settings-customer-what = 放到面向顾客的屏幕上：显示结果和优惠、怎样拿手机，没有任何隐私内容。
settings-customer-full = 占满屏幕
settings-customer-how = 在窗口上双击也可以切换。
settings-shop = 窗口上的店名

# 小票打印机
settings-printer = 小票打印机
settings-printer-place = 打印机位置
settings-printer-place-how = 网络打印机：tcp://192.168.1.87。串口打印机：serial:COM4，或带速率 serial:/dev/ttyUSB0@19200。USB 打印机：/dev/usb/lp0，Windows 上填打印机的共享名 \\电脑名\打印机。没有打印机则留空。
settings-printer-found = 本机上找到的
settings-wrong-printer = 请写 tcp://…、serial:… 或设备的完整路径。
settings-printer-paper = 纸宽
settings-printer-charset = 打印机字库
settings-printer-charset-usual = 跟随语言
settings-printer-charset-gb18030 = 简体中文 (GB 18030)
settings-printer-charset-big5 = 繁体中文 (Big5)
settings-printer-charset-ascii = 只有英文字母
settings-printer-heading = 抬头，例如店名
settings-printer-slips = 每次核销后打印小票
settings-printer-test = 打印测试页
print = 打印
print-copy = 打印小票副本
printing = 正在打印…
print-done = 已打印。
print-taken = 已发送到打印机。这台打印机不报告是否打印成功。
print-failed = 没有打印。{ $why }
print-slip-failed = 第 { $number } 号核销的小票没有打印。{ $why }
print-again = 重试
printer-error-missing = { $place } 没有打印机。请插好并打开电源，或在设置里改正打印机位置。
printer-error-unreachable = { $place } 的打印机没有应答。请检查是否已开机，并与收银机在同一网络。
printer-error-refused = { $place } 不接收打印。请检查设置里的打印机地址。
printer-error-denied = 系统不允许本程序使用 { $place }，请电脑管理员放行。
printer-error-busy = { $place } 的打印机正忙，请稍候。
printer-error-paper = 打印机缺纸，请换上新纸卷。
printer-error-lid = 打印机的盖子没有关好，请关上。
printer-error-faulty = 打印机报告故障。请关机后重新打开。
printer-error-stalled = { $place } 的打印机停住了。请检查纸和盖子，或关机后重新打开。
printer-error-unread = 账本读不出来。
printer-error-other = { $place } 的打印机不能用。请关机后重新打开。
slip-title = 核销小票
slip-copy = 副本
slip-practice = 练习，不是真的核销
paper-printed-at = 打印时间
paper-signature = 签字
test-page-title = 测试页
test-page-advice = 如果上面的数字占了两行，请在设置里选窄一些的纸；如果中文不能辨认，请换一个字库。

# 设置另一台收银台
settings-tills = 其他收银台
tills-give = 设置另一台收银台
tills-give-how = 显示一个设置码和旁边的 PIN，让另一台扫描。会带过去的有：账号和密钥、卡券、店名、核销与声音、按键、语言、配色、隐私、新版本查询地址和设置的 PIN；另一台保留自己的名称、摄像头、打印机和窗口。
tills-show = 显示设置码
tills-making = 正在加密…
tills-code = 给另一台收银台的设置码
tills-pin = PIN
tills-left = { $left } 后失效
tills-step-1 = 1. 在另一台上打开：设置 › 其他收银台 › 从另一台接收设置。
tills-step-2 = 2. 用那台的摄像头或扫码枪对准这个屏幕。
tills-step-3 = 3. 在那台上输入 PIN。
tills-not-kept = 不要拍照，也不要保存或发送图片。没有 PIN，别人不能马上读出内容；但谁有这张图片，就能用快的电脑在几天内试完所有 PIN，得到您的 AppSecret。
tills-over = 设置码已过时，已经收起。
tills-too-much = 内容太多，一个码放不下：卡券太多了。请在命令行使用“hexiao settings export”。
tills-failed = 没有生成设置码：{ $why }
tills-no-account = 本机还在练习。请先连接账号，另一台才能得到它。
take-over-title = 从另一台接收设置
take-over-how = 本机扫描另一台的设置码，输入它的 PIN，然后就和那台一样工作。
take-over-begin = 从另一台接收设置
take-over-step-1 = 在另一台上打开：设置 › 其他收银台 › 显示设置码。
take-over-step-2 = 用本机摄像头对准它的屏幕，或用扫码枪扫描，或把它的图片拖到这里。
take-over-pin = 设置码旁边的 PIN
take-over-opening = 正在打开…
take-over-again = 重新扫描
take-over-not-one = 这不是另一台收银台的设置码。
take-over-damaged = 设置码不完整，或读错了。请重新扫描；还不行，就让那台重新显示。
take-over-newer = 另一台的程序版本更新。请先更新本机，再扫描。
take-over-expired = 设置码已过时。请让那台重新显示，并检查两台电脑的时间是否正确。
take-over-senseless = 设置码里有本版本不能用的设置。请更新两台上的程序。
take-over-no-memory = 可用内存不够。请关闭其他程序再试。
take-over-review = 另一台给的设置如下。本机的摄像头、端口、打印机和窗口保持不变。
take-over-consume-key = 核销按键
take-over-no-account = 没有；本机的保持不变
take-over-replaces = 本机现在的账号是 { $present }，将换成 { $next }。
take-over-save = 测试并接收
take-over-replace = 测试并替换
take-over-done = 已接收设置。

# 程序的新版本
settings-updates = 新版本查询地址
settings-updates-how = 启动后查询一次，之后每天一次；只发送程序名称和版本号，不下载也不安装。留空则不查询。
settings-wrong-updates = 请填写以 https:// 开头的地址，不要带用户名、? 或 #。
updates-ask = 立即查询
updates-asking = 正在查询…
updates-not-asked = 当前版本 { $present }，尚未查询过新版本。
updates-newest = { $when } 已查询：当前版本 { $present } 是最新版本。
updates-newer = { $when } 已查询：有新版本 { $version }，当前版本 { $present }。
updates-page = 详情见 { $page }
updates-not-reached = { $when } 已查询：该地址没有应答。请检查地址和网络。
updates-untrusted = { $when } 已查询：无法确认对方服务器的身份。请检查地址，以及这台电脑的日期和时间。
updates-nonsense = { $when } 已查询：答复中没有版本号。请检查地址。
updates-busy = { $when } 已查询：对方服务器繁忙或出现故障。无需处理，之后会再次查询。
updates-note = 新版本 { $version }
updates-put-away = 不再提示版本 { $version }
