-- AlterTable
ALTER TABLE "Acknowledgement" ADD COLUMN     "until" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "CapacitySeries" ADD COLUMN     "fullAt" TIMESTAMP(3),
ADD COLUMN     "growthBytesPerDay" DOUBLE PRECISION;

-- CreateTable
CREATE TABLE "Alert" (
    "id" TEXT NOT NULL,
    "causeId" TEXT NOT NULL,
    "openKey" TEXT,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "milderSince" TIMESTAMP(3),
    "subjectKind" TEXT NOT NULL,
    "subjectId" TEXT,
    "subjectName" TEXT NOT NULL,
    "title" TEXT NOT NULL,
    "advice" TEXT,
    "reach" JSONB NOT NULL,
    "firstSeenAt" TIMESTAMP(3) NOT NULL,
    "openedAt" TIMESTAMP(3),
    "goneAt" TIMESTAMP(3),
    "clearedAt" TIMESTAMP(3),
    "returns" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "Alert_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AlertEvent" (
    "id" SERIAL NOT NULL,
    "alertId" TEXT NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "severity" TEXT NOT NULL,
    "by" TEXT,
    "note" TEXT,
    "until" TIMESTAMP(3),

    CONSTRAINT "AlertEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "CapacitySeries_fullAt_idx" ON "CapacitySeries"("fullAt");

-- CreateIndex
CREATE UNIQUE INDEX "Alert_openKey_key" ON "Alert"("openKey");

-- CreateIndex
CREATE INDEX "Alert_clearedAt_idx" ON "Alert"("clearedAt");

-- CreateIndex
CREATE INDEX "Alert_subjectId_idx" ON "Alert"("subjectId");

-- CreateIndex
CREATE INDEX "AlertEvent_alertId_idx" ON "AlertEvent"("alertId");

-- AddForeignKey
ALTER TABLE "AlertEvent" ADD CONSTRAINT "AlertEvent_alertId_fkey" FOREIGN KEY ("alertId") REFERENCES "Alert"("id") ON DELETE CASCADE ON UPDATE CASCADE;
