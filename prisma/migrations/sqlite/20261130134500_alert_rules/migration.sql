-- CreateTable
CREATE TABLE "AlertRule" (
    "kind" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL DEFAULT '',
    "isOn" BOOLEAN,
    "warning" REAL,
    "critical" REAL,
    "lastsMinutes" INTEGER,
    "by" TEXT NOT NULL,
    "updatedAt" DATETIME NOT NULL,

    PRIMARY KEY ("kind", "subjectId")
);
