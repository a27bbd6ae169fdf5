-- CreateTable
CREATE TABLE "AlertRule" (
    "kind" TEXT NOT NULL,
    "subjectId" TEXT NOT NULL DEFAULT '',
    "isOn" BOOLEAN,
    "warning" DOUBLE PRECISION,
    "critical" DOUBLE PRECISION,
    "lastsMinutes" INTEGER,
    "by" TEXT NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AlertRule_pkey" PRIMARY KEY ("kind","subjectId")
);
