"""A headline and the beginning of a report in many languages, by ISO 639 code: written for the tests, all saying much the same."""

FOREIGN: dict[str, tuple[str, str]] = {
    "af": (
        "Minister waarsku teen nuwe aanvalle op die grens",
        "Die minister van verdediging het Dinsdag gesê dat die leër gereed is om enige aanval af te slaan. Volgens hom het "
        "die buurland sy troepe die afgelope week nader aan die grens geskuif, maar daar is nog tyd vir onderhandelinge.",
    ),
    "ar": (
        "الوزير يحذر من هجمات جديدة على الحدود",
        "قال وزير الدفاع يوم الثلاثاء إن الجيش مستعد لصد أي هجوم على البلاد. وأضاف أن الدولة المجاورة نقلت قواتها خلال الأسبوع "
        "الماضي إلى مسافة أقرب من الحدود، لكن الوقت لا يزال متاحا لإجراء مفاوضات.",
    ),
    "az": (
        "Nazir sərhəddə yeni hücumlar barədə xəbərdarlıq etdi",
        "Müdafiə naziri çərşənbə axşamı bildirib ki, ordu istənilən hücumu dəf etməyə hazırdır. Onun sözlərinə görə, qonşu ölkə "
        "keçən həftə qoşunlarını sərhədə yaxınlaşdırıb, lakin danışıqlar üçün hələ vaxt var.",
    ),
    "bn": (
        "সীমান্তে নতুন হামলার বিষয়ে মন্ত্রীর সতর্কবার্তা",
        "প্রতিরক্ষামন্ত্রী মঙ্গলবার বলেছেন, যেকোনো হামলা প্রতিহত করতে সেনাবাহিনী প্রস্তুত। তিনি বলেন, প্রতিবেশী দেশটি গত সপ্তাহে তাদের "
        "সেনাদের সীমান্তের কাছে নিয়ে এসেছে, তবে আলোচনার জন্য এখনও সময় আছে।",
    ),
    "bg": (
        "Министърът предупреди за нови нападения по границата",
        "Министърът на отбраната заяви във вторник, че армията е готова да отблъсне всяко нападение. По думите му съседната "
        "държава е придвижила войските си по-близо до границата, но все още има време за преговори.",
    ),
    "ca": (
        "El ministre alerta de nous atacs a la frontera",
        "El ministre de Defensa va dir dimarts que l'exèrcit està preparat per repel·lir qualsevol atac. Segons ell, el país veí "
        "ha acostat les seves tropes a la frontera durant l'última setmana, però encara hi ha temps per negociar.",
    ),
    "cs": (
        "Ministr varuje před novými útoky na hranici",
        "Ministr obrany v úterý prohlásil, že armáda je připravena odrazit jakýkoli útok. Sousední země podle něj minulý týden "
        "přesunula své jednotky blíže k hranici, na jednání je však stále čas.",
    ),
    "da": (
        "Ministeren advarer om nye angreb ved grænsen",
        "Forsvarsministeren sagde tirsdag, at hæren er klar til at slå ethvert angreb tilbage. Ifølge ham har nabolandet den "
        "seneste uge flyttet sine tropper tættere på grænsen, men der er stadig tid til forhandlinger.",
    ),
    "de": (
        "Minister warnt vor neuen Angriffen an der Grenze",
        "Der Verteidigungsminister sagte am Dienstag, die Armee sei bereit, jeden Angriff abzuwehren. Das Nachbarland habe seine "
        "Truppen in der vergangenen Woche näher an die Grenze verlegt, doch für Verhandlungen sei noch Zeit.",
    ),
    "el": (
        "Ο υπουργός προειδοποιεί για νέες επιθέσεις στα σύνορα",
        "Ο υπουργός Άμυνας δήλωσε την Τρίτη ότι ο στρατός είναι έτοιμος να αποκρούσει κάθε επίθεση. Όπως είπε, η γειτονική χώρα "
        "μετακίνησε την περασμένη εβδομάδα τα στρατεύματά της πιο κοντά στα σύνορα.",
    ),
    "es": (
        "El ministro advierte de nuevos ataques en la frontera",
        "El ministro de Defensa dijo el martes que el ejército está preparado para repeler cualquier ataque. Según él, el país "
        "vecino ha acercado sus tropas a la frontera en la última semana, pero todavía hay tiempo para negociar.",
    ),
    "et": (
        "Minister hoiatas uute rünnakute eest piiril",
        "Kaitseminister ütles teisipäeval, et armee on valmis iga rünnaku tagasi lööma. Tema sõnul on naaberriik viimase nädala "
        "jooksul oma väed piirile lähemale toonud, kuid läbirääkimisteks on veel aega.",
    ),
    "fa": (
        "وزیر دفاع نسبت به حملات تازه در مرز هشدار داد",
        "وزیر دفاع روز سه‌شنبه گفت که ارتش آماده دفع هرگونه حمله است. به گفته او کشور همسایه در هفته گذشته نیروهای خود را به مرز "
        "نزدیک‌تر کرده است، اما هنوز برای گفت‌وگو وقت هست.",
    ),
    "fi": (
        "Ministeri varoittaa uusista hyökkäyksistä rajalla",
        "Puolustusministeri sanoi tiistaina, että armeija on valmis torjumaan jokaisen hyökkäyksen. Hänen mukaansa naapurimaa on "
        "siirtänyt viime viikolla joukkojaan lähemmäs rajaa, mutta neuvotteluille on vielä aikaa.",
    ),
    "fr": (
        "Le ministre met en garde contre de nouvelles attaques à la frontière",
        "Le ministre de la Défense a déclaré mardi que l'armée était prête à repousser toute attaque. Selon lui, le pays voisin a "
        "rapproché ses troupes de la frontière la semaine dernière, mais il est encore temps de négocier.",
    ),
    "ga": (
        "Rabhadh ón aire faoi ionsaithe nua ar an teorainn",
        "Dúirt an tAire Cosanta Dé Máirt go bhfuil an t-arm réidh le haon ionsaí a chur ar gcúl. Dar leis, bhog an tír in aice "
        "láimhe a cuid trúpaí níos gaire don teorainn an tseachtain seo caite, ach tá am fós ann don idirbheartaíocht.",
    ),
    "he": (
        "השר הזהיר מפני התקפות חדשות בגבול",
        "שר הביטחון אמר ביום שלישי כי הצבא מוכן להדוף כל התקפה. לדבריו המדינה השכנה קירבה בשבוע שעבר את כוחותיה אל הגבול, אך עדיין "
        "יש זמן למשא ומתן.",
    ),
    "hi": (
        "मंत्री ने सीमा पर नए हमलों की चेतावनी दी",
        "रक्षा मंत्री ने मंगलवार को कहा कि सेना किसी भी हमले को विफल करने के लिए तैयार है। उनके अनुसार पड़ोसी देश ने पिछले सप्ताह अपने सैनिकों को "
        "सीमा के और करीब ला दिया है, लेकिन बातचीत के लिए अभी समय है।",
    ),
    "hr": (
        "Ministar upozorava na nove napade na granici",
        "Ministar obrane rekao je u utorak da je vojska spremna odbiti svaki napad. Prema njegovim riječima susjedna je zemlja "
        "prošlog tjedna premjestila svoje postrojbe bliže granici, ali za pregovore još ima vremena.",
    ),
    "hu": (
        "A miniszter újabb támadásokra figyelmeztet a határon",
        "A védelmi miniszter kedden azt mondta, hogy a hadsereg kész minden támadást visszaverni. Szerinte a szomszédos ország az "
        "elmúlt héten közelebb vitte csapatait a határhoz, de a tárgyalásokra még van idő.",
    ),
    "hy": (
        "Նախարարը զգուշացնում է սահմանին նոր հարձակումների մասին",
        "Պաշտպանության նախարարը երեքշաբթի օրը հայտարարեց, որ բանակը պատրաստ է հետ մղել ցանկացած հարձակում։ Նրա խոսքով՝ հարևան երկիրը "
        "անցած շաբաթ զորքերը մոտեցրել է սահմանին։",
    ),
    "id": (
        "Menteri memperingatkan serangan baru di perbatasan",
        "Menteri pertahanan mengatakan pada hari Selasa bahwa tentara siap menangkis setiap serangan. Menurutnya negara tetangga "
        "telah memindahkan pasukannya lebih dekat ke perbatasan pekan lalu, tetapi masih ada waktu untuk berunding.",
    ),
    "is": (
        "Ráðherra varar við nýjum árásum á landamærunum",
        "Varnarmálaráðherrann sagði á þriðjudag að herinn væri reiðubúinn að hrinda hverri árás. Að hans sögn hefur nágrannaríkið "
        "flutt hersveitir sínar nær landamærunum síðustu viku, en enn er tími til viðræðna.",
    ),
    "it": (
        "Il ministro avverte di nuovi attacchi al confine",
        "Il ministro della Difesa ha detto martedì che l'esercito è pronto a respingere qualsiasi attacco. Secondo lui il paese "
        "vicino ha avvicinato le sue truppe al confine nell'ultima settimana, ma c'è ancora tempo per negoziare.",
    ),
    "ja": (
        "国防相、国境での新たな攻撃を警告",
        "国防相は火曜日、軍はいかなる攻撃も撃退する用意があると述べた。隣国は先週、部隊を国境の近くに移動させたが、交渉の時間はまだ残されているという。",
    ),
    "ka": (
        "მინისტრი საზღვარზე ახალი თავდასხმების შესახებ აფრთხილებს",
        "თავდაცვის მინისტრმა სამშაბათს განაცხადა, რომ არმია მზად არის მოიგერიოს ნებისმიერი თავდასხმა. მისი თქმით, მეზობელმა ქვეყანამ "
        "გასულ კვირას ჯარები საზღვარს მიუახლოვა.",
    ),
    "ko": (
        "국방장관, 국경에서 새로운 공격 경고",
        "국방장관은 화요일 군이 어떠한 공격도 격퇴할 준비가 되어 있다고 말했다. 그는 이웃 나라가 지난주 병력을 국경 가까이 이동시켰지만 아직 협상할 시간이 "
        "있다고 덧붙였다.",
    ),
    "lt": (
        "Ministras įspėja apie naujus išpuolius pasienyje",
        "Gynybos ministras antradienį pareiškė, kad kariuomenė pasirengusi atremti bet kokią ataką. Pasak jo, kaimyninė šalis "
        "praėjusią savaitę pritraukė savo pajėgas arčiau sienos, tačiau deryboms dar yra laiko.",
    ),
    "nl": (
        "Minister waarschuwt voor nieuwe aanvallen aan de grens",
        "De minister van Defensie zei dinsdag dat het leger klaarstaat om elke aanval af te slaan. Volgens hem heeft het buurland "
        "zijn troepen vorige week dichter naar de grens verplaatst, maar is er nog tijd om te onderhandelen.",
    ),
    "no": (
        "Ministeren advarer mot nye angrep ved grensen",
        "Forsvarsministeren sa tirsdag at hæren er klar til å slå tilbake ethvert angrep. Ifølge ham har nabolandet den siste uken "
        "flyttet styrkene sine nærmere grensen, men det er fortsatt tid til forhandlinger.",
    ),
    "pl": (
        "Minister ostrzega przed nowymi atakami na granicy",
        "Minister obrony powiedział we wtorek, że wojsko jest gotowe odeprzeć każdy atak. Jego zdaniem sąsiedni kraj w ubiegłym "
        "tygodniu przesunął swoje oddziały bliżej granicy, ale jest jeszcze czas na negocjacje.",
    ),
    "ps": (
        "وزیر پر سرحد د نویو بریدونو په اړه خبرداری ورکړ",
        "د دفاع وزیر د سې شنبې په ورځ وویل چې پوځ چمتو دی چې هر ډول برید په شا وتمبوي. هغه وویل چې ګاونډي هېواد تېره اوونۍ خپل سرتېري "
        "سرحد ته نږدې کړي دي، خو د خبرو لپاره لا هم وخت شته.",
    ),
    "pt": (
        "Ministro alerta para novos ataques na fronteira",
        "O ministro da Defesa disse na terça-feira que o exército está pronto para repelir qualquer ataque. Segundo ele, o país "
        "vizinho aproximou as suas tropas da fronteira na última semana, mas ainda há tempo para negociar.",
    ),
    "ro": (
        "Ministrul avertizează asupra unor noi atacuri la frontieră",
        "Ministrul apărării a declarat marți că armata este pregătită să respingă orice atac. Potrivit acestuia, țara vecină și-a "
        "apropiat trupele de frontieră săptămâna trecută, dar mai este timp pentru negocieri.",
    ),
    "ru": (
        "Министр предупредил о новых атаках на границе",
        "Министр обороны заявил во вторник, что армия готова отразить любое нападение. По его словам, соседняя страна на прошлой "
        "неделе подвела войска ближе к границе, однако время для переговоров ещё есть.",
    ),
    "so": (
        "Wasiirka oo ka digay weeraro cusub oo xadka ah",
        "Wasiirka gaashaandhigga ayaa Talaadadii sheegay in ciidanku diyaar u yihiin inay iska caabiyaan weerar kasta. Wuxuu sheegay "
        "in dalka deriska ah uu toddobaadkii hore ciidamadiisa u soo dhaweeyay xadka.",
    ),
    "sr": (
        "Министар упозорава на нове нападе на граници",
        "Министар одбране рекао је у уторак да је војска спремна да одбије сваки напад. Према његовим речима, суседна земља је прошле "
        "недеље померила своје трупе ближе граници, али за преговоре још има времена.",
    ),
    "sv": (
        "Ministern varnar för nya anfall vid gränsen",
        "Försvarsministern sade på tisdagen att armén är beredd att slå tillbaka varje anfall. Enligt honom har grannlandet den "
        "senaste veckan flyttat sina trupper närmare gränsen, men det finns ännu tid för förhandlingar.",
    ),
    "sw": (
        "Waziri aonya kuhusu mashambulizi mapya mpakani",
        "Waziri wa ulinzi alisema Jumanne kwamba jeshi liko tayari kuzima shambulio lolote. Kwa mujibu wake nchi jirani ilisogeza "
        "wanajeshi wake karibu na mpaka wiki iliyopita, lakini bado kuna muda wa mazungumzo.",
    ),
    "th": (
        "รัฐมนตรีเตือนการโจมตีครั้งใหม่ที่ชายแดน",
        "รัฐมนตรีกลาโหมกล่าวเมื่อวันอังคารว่ากองทัพพร้อมที่จะขับไล่การโจมตีทุกครั้ง เขากล่าวว่าประเทศเพื่อนบ้านได้เคลื่อนกำลังทหารเข้าใกล้ชายแดนเมื่อสัปดาห์ที่แล้ว",
    ),
    "tl": (
        "Nagbabala ang kalihim sa mga bagong pag-atake sa hangganan",
        "Sinabi ng kalihim ng tanggulan noong Martes na handa ang hukbo na itaboy ang anumang pag-atake. Ayon sa kanya, inilapit ng "
        "karatig na bansa ang mga sundalo nito sa hangganan noong nakaraang linggo.",
    ),
    "tr": (
        "Bakan sınırda yeni saldırılar konusunda uyardı",
        "Savunma bakanı salı günü ordunun her türlü saldırıyı püskürtmeye hazır olduğunu söyledi. Ona göre komşu ülke geçen hafta "
        "birliklerini sınıra yaklaştırdı, ancak müzakereler için hâlâ zaman var.",
    ),
    "uk": (
        "Міністр попередив про нові атаки на кордоні",
        "Міністр оборони заявив у вівторок, що армія готова відбити будь-який напад. За його словами, сусідня країна минулого тижня "
        "підвела війська ближче до кордону, проте час для переговорів ще є.",
    ),
    "ur": (
        "وزیر دفاع نے سرحد پر نئے حملوں سے خبردار کیا",
        "وزیر دفاع نے منگل کو کہا کہ فوج کسی بھی حملے کو پسپا کرنے کے لیے تیار ہے۔ ان کے مطابق پڑوسی ملک نے گزشتہ ہفتے اپنی فوج کو سرحد کے "
        "قریب پہنچا دیا ہے لیکن مذاکرات کے لیے ابھی وقت ہے۔",
    ),
    "vi": (
        "Bộ trưởng cảnh báo về các cuộc tấn công mới ở biên giới",
        "Bộ trưởng Quốc phòng hôm thứ Ba cho biết quân đội sẵn sàng đẩy lùi mọi cuộc tấn công. Theo ông, nước láng giềng đã đưa quân "
        "đến gần biên giới hơn trong tuần qua, nhưng vẫn còn thời gian để đàm phán.",
    ),
    "zh": (
        "国防部长警告边境将有新的袭击",
        "国防部长星期二表示，军队已准备好击退任何袭击。他说，邻国上周将部队调到离边境更近的地方，但谈判仍有时间。",
    ),
}  # fmt: skip
