-- CreateTable
CREATE TABLE "CapacitySeries" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "subjectId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL DEFAULT ''
);

-- CreateTable
CREATE TABLE "CapacityPoint" (
    "step" INTEGER NOT NULL,
    "slot" INTEGER NOT NULL,
    "seriesId" INTEGER NOT NULL,
    "totalBytes" BIGINT,
    "usedBytes" BIGINT NOT NULL,
    "availableBytes" BIGINT,
    "metadataPercent" REAL,
    "leastUsedBytes" BIGINT,
    "mostUsedBytes" BIGINT,

    PRIMARY KEY ("step", "slot", "seriesId")
) WITHOUT ROWID;

-- CreateIndex
CREATE UNIQUE INDEX "CapacitySeries_subjectId_hostId_key" ON "CapacitySeries"("subjectId", "hostId");
